"""What a look at the signals does when it is due, in the transaction that finishes its delivery."""

from datetime import datetime

from bot.deliveries.model import Delivery, Sent
from bot.incidents import signals_owed
from bot.incidents.model import Incident
from bot.incidents.ports import Tx
from bot.incidents.signals import assess, news, next_look
from bot.incidents.thresholds import thresholds_of


def look(tx: Tx, incident: Incident, _delivery: Delivery, _sent: Sent, now: datetime) -> None:
    """Keep what has begun and what has ended, and look again when something could first hold."""
    record = tx.incidents.record(incident.workspace, incident.id)
    if record is None:
        return
    rows = tx.activity.activity(incident)
    limits = thresholds_of(tx.settings.get(incident.workspace), incident.severity)
    begun, over = news(tx.signals.signals(incident), assess(record, rows, now, limits))
    for signal in over:
        tx.signals.ends(incident, signal, now)
    for signal in begun:
        tx.signals.begins(incident, signal, now)
    again = next_look(record, rows, now, limits)
    if again is not None:
        tx.deliveries.plan(signals_owed.look(incident, again), now)
