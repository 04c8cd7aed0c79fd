"""House rules of the Slack room, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[2] / "handlers"
LONGEST = 30  # lines of a listener
# They send by themselves, retry, and know nothing of the ledger.
BANNED = {"say", "respond", "client", "ack"}
REGISTERS = {"event", "action", "view", "view_closed", "shortcut", "options", "command"}
REGISTERS |= {"message", "middleware", "error", "global_shortcut", "message_shortcut"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOM.rglob("*.py")):
        yield path.relative_to(ROOM).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def registered(tree: ast.Module) -> Iterator[str]:
    """The names given to app.command(...)(listener) and app.middleware(listener)."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        inner = call.func.func if isinstance(call.func, ast.Call) else call.func
        if not isinstance(inner, ast.Attribute) or inner.attr not in REGISTERS:
            continue
        if isinstance(inner.value, ast.Name) and inner.value.id == "app":
            yield from (each.id for each in call.args if isinstance(each, ast.Name))


def listeners(tree: ast.Module) -> Iterator[Function]:
    wanted = set(registered(tree))
    for node in ast.walk(tree):
        if isinstance(node, Function) and node.name in wanted:
            yield node


def arguments(function: Function) -> set[str]:
    given = function.args
    return {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def problems(tree: ast.Module) -> list[str]:
    found = []
    for each in listeners(tree):
        found += [f"{each.name} takes {name}" for name in sorted(arguments(each) & BANNED)]
        if each.args.kwarg or each.args.vararg:
            found.append(f"{each.name} takes anything")
        length = (each.end_lineno or 0) - each.lineno + 1
        if length > LONGEST:
            found.append(f"{each.name} has {length} lines")
        if not isinstance(each, ast.AsyncFunctionDef):
            found.append(f"{each.name} is not async")
    return found


@pytest.mark.parametrize(("name", "tree"), [pytest.param(*each, id=each[0]) for each in trees()])
def test_a_listener_is_short_and_sends_nothing_by_itself(name: str, tree: ast.Module) -> None:
    assert problems(tree) == []


def test_the_rule_sees_the_listeners_there_are() -> None:
    seen = {each.name for _, tree in trees() for each in listeners(tree)}
    expected = {"on_incident", "on_thread", "on_log", "on_message", "on_offer", "on_take"}
    assert expected | {"stamp", "on_error", "ignore"} <= seen


def test_the_rule_finds_what_it_is_for() -> None:
    long = "\n".join("        x = 1" for _ in range(40))
    source = (
        "def register(app):\n"
        "    async def on_a(body, say): ...\n"
        "    async def on_b(*, client): ...\n"
        "    async def on_c(**all): ...\n"
        "    def on_d(body): ...\n"
        f"    async def on_e(body):\n{long}\n"
        "    app.event('x')(on_a)\n"
        "    app.command('x')(on_b)\n"
        "    app.action('x')(on_c)\n"
        "    app.view('x')(on_d)\n"
        "    app.shortcut('x')(on_e)\n"
    )
    assert problems(ast.parse(source)) == [
        "on_a takes say",
        "on_b takes client",
        "on_c takes anything",
        "on_d is not async",
        "on_e has 41 lines",
    ]


def test_nobody_calls_what_bolt_offers_for_sending() -> None:
    banned = {"context.say", "context.respond", "context.client", "context.ack"}
    found = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in banned
    ]
    assert found == []
