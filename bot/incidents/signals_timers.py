"""What a look at the signals does when it is due, in the transaction that finishes its delivery."""

from datetime import datetime

from bot.deliveries.model import Delivery, Sent
from bot.incidents import nudges_timers, signals_owed
from bot.incidents.model import Incident
from bot.incidents.nudges_timers import Looked
from bot.incidents.ports import Tx
from bot.incidents.signals import assess, news, next_look
from bot.incidents.thresholds import thresholds_of


def drawn(draw: float) -> Sent:
    """What a look is given on its way: the jitter of the gap that a question would begin."""
    return Sent(f"{draw:.6f}")


def look(tx: Tx, incident: Incident, _delivery: Delivery, sent: Sent, now: datetime) -> None:
    """Keep what has begun and what has ended, let people be asked, and look again in time."""
    record = tx.incidents.record(incident.workspace, incident.id)
    if record is None:
        return
    rows, settings = tx.activity.activity(incident), tx.settings.get(incident.workspace)
    limits = thresholds_of(settings, incident.severity)
    held = assess(record, rows, now, limits)
    begun, over = news(tx.signals.signals(incident), held)
    for signal in over:
        tx.signals.ends(incident, signal, now)
    for signal in begun:
        tx.signals.begins(incident, signal, now)
    looked = Looked(record, held, begun, over, settings, now, float(sent.ref))
    for again in (next_look(record, rows, now, limits), nudges_timers.follow(tx, looked)):
        if again is not None:
            tx.deliveries.plan(signals_owed.look(incident, again), now)
