"""The manifest against what Slack takes, what is heard and what is called: no less, no more."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import handlers
from bot.sandbox.spec import methods
from handlers.manifest import EVENTS, EVENTS_PATH, SCOPES, as_yaml, manifest
from handlers.services import Services

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "tests" / "data" / "slack-manifest.schema.2.0.0.json"
URL = "https://parallax.example.com/bots"

# What Slack wants before it sends an event: one of these each
# (docs.slack.dev/reference/events). App Home and our own leaving need none that is not there.
FAMILIES = {
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "member_": {"channels:read", "groups:read"},
    "channel_": {"channels:read"},
    "group_": {"groups:read"},
    "reaction_": {"reactions:read"},
    "user_change": {"users:read"},
    "subteam_": {"usergroups:read"},
    "team_join": {"users:read"},
    "app_home_opened": set(),
}
# An incident's channel is public or private, so a method that takes either is called with both.
KINDS = {
    "channels:read": {"channels:read", "groups:read"},
    "channels:history": {"channels:history", "groups:history"},
    "channels:manage": {"channels:manage", "groups:write"},
}
Kind = tuple[str, Any]


class Recorder:
    """An app that only notes who listens to what."""

    def __init__(self) -> None:
        self.heard: list[Kind] = []

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        def listen(what: Any) -> Callable[[Any], None]:
            self.heard.append((kind, what))
            return lambda _listener: None

        return listen


class Nothing:
    """Services that registering does not ask."""

    prefix = ""

    def command(self, name: str) -> str:
        return f"/{name}"


@pytest.fixture(scope="module")
def heard() -> list[Kind]:
    """What every room listens to; the catch-alls are no rooms."""
    recorder = Recorder()
    services: Services = Nothing()  # type: ignore[assignment]
    for room in handlers.ROOMS:
        room.register(recorder, services)
    return recorder.heard


def called() -> Iterator[tuple[str, str]]:
    """Every method of the Web API that is named in the Slack room, and where."""
    known = methods()
    for path in sorted((ROOT / "handlers").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in known:
                yield str(node.value), path.name


def family(event: str) -> set[str]:
    (found,) = [scopes for start, scopes in FAMILIES.items() if event.startswith(start)]
    return found


def needed_by_events() -> set[str]:
    return {scope for event in EVENTS for scope in family(event)}


def needed_by_calls() -> set[str]:
    """The least for each method: of those that would do, the one that others need as well."""
    found: set[str] = set()
    for name, _ in called():
        scopes = set(methods()[name].scopes)
        wanted = scopes & set(SCOPES)
        assert wanted or not scopes, f"{name} needs one of {scopes}"
        found |= wanted
        for scope in wanted & KINDS.keys():
            assert KINDS[scope] <= set(SCOPES), f"{name} in a private channel"
    return found


class TestAgainstSlack:
    @pytest.mark.parametrize(("prefix", "url"), [("", ""), ("x-", ""), ("", URL), ("team2-", URL)])
    def test_it_is_valid(self, prefix: str, url: str) -> None:
        jsonschema.validate(manifest(prefix, url), json.loads(SCHEMA.read_text("utf-8")))

    def test_the_schema_refuses_what_is_wrong(self) -> None:
        wrong = manifest() | {"settings": {"socket_mode": True}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, json.loads(SCHEMA.read_text("utf-8")))

    def test_names_arrive_as_ids_and_people_can_write_to_it(self) -> None:
        features = manifest()["features"]

        assert all(each["should_escape"] for each in features["slash_commands"])
        assert features["app_home"] == {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        }


class TestAgainstListeners:
    def test_every_event_that_is_heard_is_subscribed_to_and_no_other(
        self, heard: list[Kind]
    ) -> None:
        events = [what for kind, what in heard if kind == "event"]
        names = {each["type"] if isinstance(each, dict) else each for each in events}

        assert {each.partition(".")[0] for each in EVENTS} == names

    def test_every_command_is_there(self, heard: list[Kind]) -> None:
        told = manifest()["features"]["slash_commands"]

        assert {each["command"] for each in told} == {w for kind, w in heard if kind == "command"}

    def test_every_shortcut_is_there(self, heard: list[Kind]) -> None:
        told = manifest()["features"]["shortcuts"]
        shortcuts = {(each["type"], each["callback_id"]) for each in told}

        assert shortcuts == {
            (kind.removesuffix("_shortcut"), what)
            for kind, what in heard
            if kind in {"global_shortcut", "message_shortcut", "shortcut"}
        }

    def test_buttons_and_forms_are_sent_to_us(self, heard: list[Kind]) -> None:
        assert {"action", "view"} <= {kind for kind, _ in heard}
        assert manifest()["settings"]["interactivity"]["is_enabled"] is True

    def test_the_prefix_is_that_of_the_running_bot(self) -> None:
        told = manifest("x-")["features"]["slash_commands"]

        assert {each["command"] for each in told} == {
            "/x-incident",
            "/x-thread",
            "/x-log",
            "/x-sampling",
        }


class TestAgainstCalls:
    def test_the_scan_sees_the_calls(self) -> None:
        seen = {name for name, _ in called()}

        assert {"chat.postMessage", "views.open", "conversations.create", "auth.test"} <= seen

    def test_no_scope_is_missing_and_none_is_idle(self) -> None:
        assert needed_by_calls() | needed_by_events() | {"commands"} == set(SCOPES)

    def test_each_has_its_reason(self) -> None:
        lines = as_yaml().splitlines()
        for name in SCOPES | EVENTS:
            (line,) = [each for each in lines if each.strip().startswith(f"- {name} ")]
            assert len(line.partition("  # ")[2]) > 10


class TestModes:
    def test_sockets_need_no_address(self) -> None:
        told = manifest()

        assert told["settings"]["socket_mode_enabled"] is True
        assert "request_url" not in json.dumps(told)

    def test_http_has_one_address_for_all(self) -> None:
        told, at = manifest(url=f"{URL}/"), f"{URL}{EVENTS_PATH}"

        assert told["settings"]["socket_mode_enabled"] is False
        assert told["settings"]["event_subscriptions"]["request_url"] == at
        assert told["settings"]["interactivity"]["request_url"] == at
        assert {each["url"] for each in told["features"]["slash_commands"]} == {at}


class TestFile:
    def test_what_is_shipped_is_what_is_printed(self) -> None:
        assert (ROOT / "deploy" / "manifest.yaml").read_text("utf-8") == as_yaml()

    @pytest.mark.parametrize(("prefix", "url"), [("", ""), ("x-", URL)])
    def test_the_reasons_are_comments(self, prefix: str, url: str) -> None:
        assert yaml.safe_load(as_yaml(prefix, url)) == manifest(prefix, url)
