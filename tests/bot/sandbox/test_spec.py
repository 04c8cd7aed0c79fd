"""The published facts: arguments, scopes, error codes."""

import ast
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import methods as methods_module
from bot.sandbox.methods import HANDLERS
from bot.sandbox.refusals import ApiError, SandboxDefect
from bot.sandbox.spec import COMMON_ERRORS, methods, require_listed, require_scope

SPECS = methods()


def refused(method: str, args: dict[str, Any], *, from_json: bool = True) -> ApiError:
    with pytest.raises(ApiError) as caught:
        SPECS[method].read(args, from_json=from_json)
    return caught.value


def test_every_method_we_play_is_published() -> None:
    assert set(HANDLERS) <= set(SPECS)


def test_every_error_we_answer_with_is_published() -> None:
    """slack-platform.md section 1: the errors of section 3, and no others."""
    folder = Path(methods_module.__file__).parent
    known = COMMON_ERRORS.union(*(s.errors for s in SPECS.values()))
    for path in folder.glob("methods_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ApiError":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    assert code.value in known, f"{path.name}: {code.value!r}"


def test_a_code_that_slack_does_not_list_is_our_own_mistake() -> None:
    with pytest.raises(SandboxDefect, match=r"chat\.delete must not answer name_taken"):
        require_listed(SPECS["chat.delete"], "name_taken")
    require_listed(SPECS["chat.delete"], "ratelimited")


def test_unknown_arguments_are_refused_by_name() -> None:
    """slack-platform.md section 5: per-method argument lists."""
    error = refused("chat.postMessage", {"channel": "C1", "text": "x", "colour": "red"})
    assert error.code == "invalid_arguments"
    assert error.messages == ("[ERROR] no such argument: colour",)


def test_missing_arguments_are_refused_by_name() -> None:
    assert refused("chat.update", {"text": "x"}).messages == (
        "[ERROR] missing required field: ts",
        "[ERROR] missing required field: channel",
    )
    assert refused("conversations.create", {}).code == "missing_argument"


@pytest.mark.parametrize(
    ("method", "args", "message"),
    [
        ("chat.postMessage", {"channel": 7}, "must be a string [json-pointer:/channel]"),
        ("chat.delete", {"channel": "C", "ts": 1.5}, "must be a string [json-pointer:/ts]"),
        ("conversations.history", {"channel": "C", "limit": "x"}, "must be a number"),
        ("pins.add", {"channel": ["C"]}, "must be a string"),
        ("conversations.create", {"name": "a", "is_private": "maybe"}, "must be a boolean"),
        (
            "bookmarks.add",
            {"title": "t" * 257, "type": "link"},
            "must be less than 257 characters [json-pointer:/title]",
        ),
        (
            "bookmarks.add",
            {"title": "t", "type": "link", "access_level": "all"},
            "must be one of: read, write",
        ),
        (
            "chat.postEphemeral",
            {"channel": "C", "user": "U", "parse": "some"},
            "must be one of",
        ),
    ],
)
def test_wrong_values_are_refused(method: str, args: dict[str, Any], message: str) -> None:
    """slack-platform.md section 5: unknown or missing arguments, maxLength, enum."""
    error = refused(method, args)
    assert error.code == "invalid_arguments"
    assert message in error.messages[0]


def test_bounds_of_numbers() -> None:
    args = {"channel": "C", "ts": "1.1"}
    assert (
        "at most 1000"
        in refused("conversations.replies", args | {"limit": "1001"}, from_json=False).messages[0]
    )
    assert (
        "at least 1"
        in refused("conversations.replies", args | {"limit": "0"}, from_json=False).messages[0]
    )


def test_forms_and_json_give_the_same_values() -> None:
    """slack-platform.md section 1: form and JSON bodies; slack_sdk sends booleans as "1"."""
    spec = SPECS["chat.postMessage"]
    blocks = [{"type": "divider"}]
    as_json = spec.read(
        {"channel": "C", "blocks": blocks, "reply_broadcast": True, "text": None}, from_json=True
    )
    as_form = spec.read(
        {"channel": "C", "blocks": '[{"type": "divider"}]', "reply_broadcast": "1"},
        from_json=False,
    )
    assert as_json == as_form == {"channel": "C", "blocks": blocks, "reply_broadcast": True}
    limit = SPECS["conversations.history"].read({"channel": "C", "limit": "5"}, from_json=False)
    assert limit["limit"] == 5
    off = spec.read({"channel": "C", "mrkdwn": "false", "link_names": 0}, from_json=True)
    assert off == {"channel": "C", "mrkdwn": False, "link_names": False}


def test_broken_json_in_an_argument_has_its_own_code() -> None:
    assert refused("chat.postMessage", {"channel": "C", "blocks": "["}).code == (
        "invalid_blocks_format"
    )
    assert refused("chat.postMessage", {"channel": "C", "metadata": "{"}).code == (
        "invalid_metadata_format"
    )
    assert refused("views.open", {"view": "{"}).code == "invalid_arguments"


def test_a_json_body_is_not_read_where_slack_takes_none() -> None:
    """data/slack-methods.json: json_input is null for users.info."""
    error = refused("users.info", {"user": "U1"}, from_json=True)
    assert error.messages == ("[ERROR] missing required field: user",)
    assert SPECS["users.info"].read({"user": "U1"}, from_json=False) == {"user": "U1"}


def test_one_of_the_scopes_is_enough() -> None:
    """slack-platform.md section 1: missing_scope with needed and provided."""
    require_scope(frozenset({"b"}), ["a", "b"])
    require_scope(frozenset(), [])
    with pytest.raises(ApiError) as caught:
        require_scope(frozenset({"d", "c"}), ["a", "b"])
    assert caught.value.body() == {
        "ok": False,
        "error": "missing_scope",
        "needed": "a,b",
        "provided": "c,d",
    }
