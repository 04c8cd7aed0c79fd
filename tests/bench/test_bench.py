"""What of the bench is not timing: what it says of the machine, of peers, of what is absent."""

import json
import socket
from pathlib import Path

import pytest

from tests.bench.__main__ import as_json
from tests.bench.machine import line, machine
from tests.bench.measure import Figure
from tests.bench.peers import PEERS, Peer, a_second, beside, not_run


async def nothing_a_second(url: str, jobs: int) -> float:
    raise AssertionError(f"{jobs} jobs for {url}, although its library is absent")


ABSENT = Peer("a queue", ("no-such-queue",), 1, 1, nothing_a_second, on=("SQLite",))


class TestPeers:
    async def test_an_absent_library_is_named_and_not_measured(self, tmp_path: Path) -> None:
        assert not_run((ABSENT,)) == [
            "not run here: no-such-queue is not installed (pip install -r requirements/bench.txt)"
        ]
        assert await beside((ABSENT,), "SQLite", f"sqlite:///{tmp_path}/x.db", quick=True) == []

    async def test_every_job_of_a_store_is_waited_for(self, tmp_path: Path) -> None:
        store = next(peer for peer in PEERS if "SQLite" in peer.on)

        assert await store.rate(f"sqlite:///{tmp_path}/jobs.db", 3) > 0

    def test_one_that_handles_too_few_is_no_figure(self) -> None:
        with pytest.raises(RuntimeError, match="2 of 3 were handled"):
            a_second(3, 2, 1.0)


class TestReport:
    def test_the_machine_is_told_without_its_name(self) -> None:
        about = machine([("SQLite", "sqlite://")])

        assert {"cores", "Python", "SQLite", "apscheduler"} <= about.keys()
        assert socket.gethostname() not in line(about)

    def test_programs_are_told_the_same(self) -> None:
        figure = Figure("claim", "SQLite", 30.0, "a second", 60.0)

        told = json.loads(as_json([figure], {"cores": "2"}, ["not run here: x"]))

        assert told["machine"] == {"cores": "2"}
        assert told["figures"][0]["value"] / told["figures"][0]["baseline"] == 0.5
        assert told["not_run"] == ["not run here: x"]
        assert figure.ratio_shown() == "0.50×"
