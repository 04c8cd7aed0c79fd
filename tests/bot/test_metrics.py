"""What is counted, what it is called, and that the dashboard asks for nothing else."""

import json
import re
from pathlib import Path

from bot.config import VERSION
from bot.meter import Pulse
from bot.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "parallax.json"
WELL = Pulse(2, 2, 1.5, 0, {"ahead": 3, "due": 2, "held": 1}, 12.0)
NO_DATABASE = Pulse(2, 2, None, 0, None, None)
NO_SOCKET = Pulse(0, 2, 1.5, 0, {"ahead": 0, "due": 0, "held": 0}, None)


def told(metrics: Metrics, pulse: Pulse = WELL) -> dict[str, float]:
    """Each series and its value."""
    lines = metrics.shown(pulse).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


class TestMetrics:
    def test_acks_are_counted_by_kind_and_outcome(self) -> None:
        metrics = Metrics()
        metrics.acked("events_api", "ok", 0.02)
        metrics.acked("events_api", "not_ok", 2.5)
        metrics.acked("whatever Slack thinks of next", "ok", 0.1)
        seen = told(metrics)

        assert seen['parallax_acks_total{kind="events_api",outcome="ok"}'] == 1
        assert seen['parallax_acks_total{kind="events_api",outcome="not_ok"}'] == 1
        assert seen['parallax_acks_total{kind="other",outcome="ok"}'] == 1
        assert seen['parallax_ack_seconds_bucket{kind="events_api",le="0.025"}'] == 1
        assert seen['parallax_ack_seconds_sum{kind="events_api"}'] == 2.52

    def test_what_became_of_sends_and_what_waits_are_apart(self) -> None:
        metrics = Metrics()
        metrics.delivered({"sent": 2, "postponed": 3, "told_to_wait": 1})
        seen = told(metrics)

        assert seen['parallax_deliveries_total{outcome="sent"}'] == 2
        assert seen['parallax_budget_waits_total{by="own_budget"}'] == 3
        assert seen['parallax_budget_waits_total{by="slack"}'] == 1

    def test_the_pulse_is_shown(self) -> None:
        seen = told(Metrics())

        assert seen['parallax_owed{state="due"}'] == 2
        assert seen["parallax_oldest_due_seconds"] == 12
        assert seen["parallax_lines"] == 2
        assert seen["parallax_last_envelope_seconds"] == 1.5
        assert seen["parallax_database_up"] == 1
        assert seen[f'parallax_build_info{{version="{VERSION}"}}'] == 1

    def test_what_is_not_known_is_not_nought(self) -> None:
        seen = told(Metrics(), NO_DATABASE)

        assert seen["parallax_database_up"] == 0
        assert str(seen['parallax_owed{state="due"}']) == "nan"
        assert str(seen["parallax_last_envelope_seconds"]) == "nan"


class TestPulse:
    def test_a_bot_that_hears_and_keeps_is_well(self) -> None:
        assert [each.well for each in (WELL, NO_DATABASE, NO_SOCKET)] == [True, False, False]


class TestDashboard:
    def exprs(self) -> list[str]:
        panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
        return [target["expr"] for each in panels for target in each["targets"]]

    def test_it_asks_for_metrics_that_there_are(self) -> None:
        there = {name.partition("{")[0] for name in told(Metrics())}
        asked = [set(re.findall(r"\bparallax_\w+", expr)) for expr in self.exprs()]

        assert all(asked)
        assert set().union(*asked) <= there

    def test_it_groups_by_labels_that_there_are(self) -> None:
        labels = set(re.findall(r'(\w+)="', "".join(told(Metrics())))) | {"le"}
        grouped = re.findall(r"\bby \(([^)]*)\)", " ".join(self.exprs()))

        assert grouped
        assert {each.strip() for group in grouped for each in group.split(",")} <= labels

    def test_every_panel_has_a_place_of_its_own(self) -> None:
        panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
        taken: set[tuple[int, int]] = set()
        for each in panels:
            at = each["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken
            assert max(x for x, _ in cells) < 24
            taken |= cells


def test_the_version_is_that_of_the_project() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")
