"""The counts as Prometheus reads them; nothing else here knows Prometheus.

No label can hold a person, a channel, a workspace or a text: each is one of a few fixed words.
"""

from collections.abc import Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)

from bot.config import VERSION
from bot.meter import Pulse

CONTENT_TYPE = CONTENT_TYPE_LATEST
KINDS = ("events_api", "slash_commands", "interactive")
OUTCOMES = ("ok", "not_ok")
ENDED = ("sent", "again", "missed", "parked", "unknown", "fence_lost", "cancelled")
WAITS = {"postponed": "own_budget", "told_to_wait": "slack"}
OWED = ("ahead", "due", "held")
WAYS = ("read", "write")
# Slack waits three seconds, and a commit may take two of them.
ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
UNKNOWN = float("nan")
DATABASE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


class Metrics:
    """A `Meter` that can be read, together with a pulse."""

    def __init__(self) -> None:
        self._all = at = CollectorRegistry()
        self._acks = Counter(
            "parallax_acks", "Envelopes answered", ("kind", "outcome"), registry=at
        )
        self._ack_seconds = Histogram(
            "parallax_ack_seconds",
            "From an envelope's coming to its ack",
            ("kind",),
            registry=at,
            buckets=ACK_BUCKETS,
        )
        self._deliveries = Counter(
            "parallax_deliveries", "Sends of the ledger, by what came of them", ("outcome",),
            registry=at,
        )  # fmt: skip
        self._waits = Counter(
            "parallax_budget_waits", "Sends put off: by our own budget, or by Slack", ("by",),
            registry=at,
        )  # fmt: skip
        self._database = Histogram(
            "parallax_database_seconds",
            "A transaction, the wait for its thread and connection included",
            ("way",),
            registry=at,
            buckets=DATABASE_BUCKETS,
        )
        self._owed = Gauge(
            "parallax_owed", "Sends owed, by how far they are", ("state",), registry=at
        )
        self._oldest = Gauge(
            "parallax_oldest_due_seconds", "Age of the oldest send that is due", registry=at
        )
        self._lines = Gauge(
            "parallax_lines", "Ways in that are open: sockets, or our server", registry=at
        )
        self._lines_wanted = Gauge("parallax_lines_wanted", "How many there should be", registry=at)
        self._silence = Gauge(
            "parallax_last_envelope_seconds", "Since Slack last sent anything", registry=at
        )
        self._in_flight = Gauge(
            "parallax_database_in_flight", "Transactions running or waiting", registry=at
        )
        self._up = Gauge("parallax_database_up", "1 if the database answered", registry=at)
        Info("parallax_build", "Which Parallax this is", registry=at).info({"version": VERSION})
        self._begin_at_nought()

    def _begin_at_nought(self) -> None:
        """A rate over something that has never happened is nought, and not absent."""
        for kind in KINDS:
            self._ack_seconds.labels(kind)
            for outcome in OUTCOMES:
                self._acks.labels(kind, outcome)
        for outcome in ENDED:
            self._deliveries.labels(outcome)
        for by in WAITS.values():
            self._waits.labels(by)
        for way in WAYS:
            self._database.labels(way)

    def acked(self, kind: str, outcome: str, seconds: float) -> None:
        """See `bot.meter.Meter`."""
        known = kind if kind in KINDS else "other"
        self._acks.labels(known, outcome).inc()
        self._ack_seconds.labels(known).observe(seconds)

    def delivered(self, happened: Mapping[str, int]) -> None:
        """See `bot.meter.Meter`."""
        for what, count in happened.items():
            if what in WAITS:
                self._waits.labels(WAITS[what]).inc(count)
            else:
                self._deliveries.labels(what).inc(count)

    def asked_database(self, way: str, seconds: float) -> None:
        """See `bot.meter.Meter`."""
        self._database.labels(way).observe(seconds)

    def shown(self, pulse: Pulse) -> bytes:
        """Everything, in Prometheus' text format."""
        for state in OWED:
            self._owed.labels(state).set(UNKNOWN if pulse.owed is None else pulse.owed[state])
        self._oldest.set(UNKNOWN if pulse.owed is None else pulse.oldest_due or 0.0)
        self._lines.set(pulse.lines)
        self._lines_wanted.set(pulse.lines_wanted)
        self._silence.set(UNKNOWN if pulse.last_envelope is None else pulse.last_envelope)
        self._in_flight.set(pulse.in_flight)
        self._up.set(pulse.database)
        return generate_latest(self._all)
