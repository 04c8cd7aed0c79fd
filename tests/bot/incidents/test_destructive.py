"""Which actions are asked about, and whether the shell is the one that was meant: G17."""

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.destructive import (
    DEFAULT_STEMS,
    asks_at_end,
    compare_hosts,
    host_pasted,
    host_written,
    is_destructive,
)
from bot.incidents.model import Action
from tests.bot.incidents.test_rules import NOW

REPLAYS = files("bot.sandbox") / "data" / "replays"
GITLAB = "gitlab-2017-01-31-database"
REMOVAL = "Remove the data directory, believing the shell is on db2. It is on db1, the primary."


def actions_of(name: str) -> dict[str, str]:
    """What was done, by its minute."""
    events = json.loads((REPLAYS / f"{name}.json").read_text(encoding="utf-8"))["events"]
    return {e["at"][11:16]: e["text"] for e in events if e["kind"].startswith("action_")}


def test_both_removals_of_gitlabs_night_are_asked_about() -> None:
    asked = {at: is_destructive(text) for at, text in actions_of(GITLAB).items()}
    assert asked["22:15"] == "wipe"
    assert asked["23:00"] == "remove"
    fired = {at for at, verb in asked.items() if verb}
    # Two more are removals of accounts, told when they were done; 23:27 ends the one of 23:00.
    assert fired == {"21:15", "21:25", "22:15", "23:00", "23:27"}


@pytest.mark.parametrize(
    "name",
    [
        "aws-2025-10-20-us-east-1",
        "buildkite-2025-11-10-annotations-index",
        "buildkite-2026-05-01-column-rename",
        "etsy-2014-12-04-homepage-sidebar",
    ],
)
def test_the_other_nights_are_left_alone(name: str) -> None:
    assert [text for text in actions_of(name).values() if is_destructive(text)] == []


def test_the_end_is_asked_about_only_if_the_start_was_not() -> None:
    started = Action(1, 1, "UANA", REMOVAL, NOW)
    assert asks_at_end(started, "Removal terminated after noticing the host") is None
    assert asks_at_end(None, "Data directory on db2 wiped") == "wipe"
    harmless = Action(1, 1, "UANA", "look at the directory", NOW)
    assert asks_at_end(harmless, "removed it") == "remove"


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("deleting the old data dir", "delete"),
        ("Deletion of tenant 12", "delete"),
        ("wiping db2", "wipe"),
        ("dropping the index", "drop"),
        ("DROP TABLE users", "drop"),
        ("destroyed the stack", "destroy"),
        ("purging the queue", "purge"),
        ("erasure of the volume", "erase"),
        ("truncating sessions", "truncate"),
        ("overwrote the config", "overwrite"),
        ("overwriting the backup", "overwrite"),
        ("force-push main", "force"),
        ("git push --force", "force"),
        ("forcing a failover", "force"),
        ("resetting the WAL", "reset"),
        ("pg_resetwal on db1", "reset"),
        ("`rm -rf /var/opt/gitlab`", "rm"),
        ("sudo rm  *.wal", "rm"),
        ("rmdir data", "rm"),
        ("mkfs.ext4 /dev/sdb", "mkfs"),
        ("ＤＥＬＥＴＥ it all", "delete"),
        ("recreate the data directory", "recreate"),
        ("recreating the databases", "recreate"),
        ("the cluster is recreated", "recreate"),
        ("restart it, then wipe, then delete", "wipe"),
    ],
)
def test_a_stem_at_a_words_start(text: str, verb: str) -> None:
    assert is_destructive(text) == verb


@pytest.mark.parametrize(
    "text",
    [
        "",
        "restart PostgreSQL",
        "undelete the row",
        "enforce the limit",
        "raindrops",
        "firm up the plan",
        "warm the cache",
        "set rmem_max to 4 MB",
        "look at the alarm",
        "WIP: the fix",
        "recreate the index on all shards",
        "Recreate the renamed column by hand.",
        "Recreate the index. Then look at the database",
        "copy the data directory",
    ],
)
def test_these_are_no_destruction(text: str) -> None:
    assert is_destructive(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "look at dropped connections",
        "explain the traffic drop",
        "force a failover",
        "reset my password",
        "don't delete anything yet",
        "check whether the removal finished",
    ],
)
def test_the_rule_is_by_stem_and_asks_too_often_here(text: str) -> None:
    """Known and accepted: it never blocks, and a workspace takes a stem off its list."""
    assert is_destructive(text) is not None


def test_a_workspaces_own_list() -> None:
    own = ("drain", "löschen")
    assert is_destructive("draining node3", own) == "drain"
    assert is_destructive("Löschen der Tabelle", own) == "löschen"
    assert is_destructive("drop table", own) is None
    assert is_destructive("drop table", ()) is None


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_destructive(text) in {None, *DEFAULT_STEMS}
    assert len(host_written(text)) <= 5
    check = compare_hosts(host_written(text), text)
    assert check.sentence
    assert "\n" not in check.sentence


def test_long_text_is_read_in_time() -> None:
    for piece in ("a-", "a.", "recreat ", "db1.", "1-2", "<https://"):
        text = piece * (3000 // len(piece))
        is_destructive(text)
        host_written(text)
        host_pasted(text)


# -- hosts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        (REMOVAL, ("db2", "db1")),
        ("base copy db1 → db2", ("db1", "db2")),
        ("wipe db2.cluster.example.com:/var/opt", ("db2.cluster.example.com",)),
        ("rm -rf on prod-db-03, then prod-db-03 again", ("prod-db-03",)),
        ("reset ip-10-0-0-12", ("ip-10-0-0-12",)),
        ("ssh root@web01.internal", ("web01.internal",)),
        ("drop it on prod-db", ("prod-db",)),
        ("wipe DB2", ("DB2",)),
        ("wipe db1.firma.pl, not db1.py", ("db1.firma.pl",)),
        ("drop index on all shards", ()),
    ],
)
def test_hosts_in_an_action(text: str, hosts: tuple[str, ...]) -> None:
    assert host_written(text) == hosts


@pytest.mark.parametrize(
    "text",
    [
        "drop the v2 tables of postgres15",
        "delete s3 bucket in us-east-1",
        "reset ext4, utf8, sha256 and p99",
        "remove backup1.sql and dump.tar.gz",
        "force release-42 for PR4412 and inc-0131",
        "wipe 4gb, 32 of 47",
        "delete e3b0c44298fc and 9.6.1",
        "drop public.users",
        "truncate read-only tables, web-based",
        "mkfs.ext4",
    ],
)
def test_what_only_looks_a_little_like_a_host(text: str) -> None:
    assert host_written(text) == ()


@pytest.mark.parametrize(
    ("pasted", "host"),
    [
        ("db1.cluster.gitlab.com", "db1.cluster.gitlab.com"),
        ("`db1`", "db1"),
        ("```\n$ hostname\ndb1.cluster.gitlab.com\n```", "db1.cluster.gitlab.com"),
        ("root@db1:~# hostname\ndb1\nroot@db1:~#", "db1"),
        ("it says db1", "db1"),
        ("<http://db1.cluster.gitlab.com|db1.cluster.gitlab.com>", "db1.cluster.gitlab.com"),
        ("`pandora`", "pandora"),
        ("$ hostname\npandora", "pandora"),
        ("pandora", ""),
        ("thanks", ""),
        ("hostname", ""),
        ("no idea", ""),
        ("", ""),
        ("12", ""),
    ],
)
def test_the_host_in_a_reply(pasted: str, host: str) -> None:
    assert host_pasted(pasted) == host


@pytest.mark.parametrize(
    ("written", "pasted", "same", "sentence"),
    [
        (("db2",), "db1.cluster.gitlab.com", False, "You wrote db2. That shell says db1."),
        (("db1",), "db1.cluster.gitlab.com", True, ""),
        (("db1.cluster.gitlab.com",), "DB1", True, ""),
        (("db2",), "db2", True, "That shell says db2, as you wrote."),
        (
            ("db1.staging.example.com",),
            "db1.prod.example.com",
            False,
            "You wrote db1.staging.example.com. That shell says db1.prod.example.com.",
        ),
        (("db2",), "db2-old", False, "You wrote db2. That shell says db2-old."),
        (("db1", "db2"), "web3", False, "You wrote db1 and db2. That shell says web3."),
        (
            ("db2", "db1"),
            "db1.cluster.gitlab.com",
            None,
            "You wrote db2 and db1. That shell says db1. Which of them is it to be?",
        ),
        ((), "db1", None, "That shell says db1. You named no host. Is it the one you mean?"),
        (
            ("db2",),
            "no idea",
            None,
            "I can't see a host in that. Type hostname in that shell and paste what it says.",
        ),
    ],
)
def test_the_comparison(
    written: tuple[str, ...], pasted: str, same: bool | None, sentence: str
) -> None:
    check = compare_hosts(written, pasted)
    assert check.same is same
    assert sentence in {"", check.sentence}


labels = st.from_regex(r"[a-z]{2,8}[0-9]{1,2}", fullmatch=True)


@given(labels, labels)
def test_first_labels_decide(one: str, other: str) -> None:
    assert compare_hosts((one,), f"{other}.cluster.example.com").same is (one == other)
    assert compare_hosts((f"{one}.cluster.example.com",), other).same is (one == other)
