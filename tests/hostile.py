"""Hostile input over every entry point: commands, messages, marks, buttons, forms, shortcuts.

    python -m tests.hostile --inputs 10000 [--seed 1]

Payloads go straight into the real app. What must hold: no listener crashes, refused input changes
nothing, and nothing that is said pages anybody or holds unescaped text. A small run is a test.
"""

import argparse
import asyncio
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.clock import SeededDraws
from bot.incidents.grammar import Word
from storage import schema
from tests.journeys.stage import Human, World, a_world, unsafe_parts

HANDLERS = Path(__file__).parent.parent / "handlers"
CONSTANT = re.compile(r'^[A-Z_]+ = "([a-z][a-z_]{2,30})"', re.MULTILINE)
NASTY = (
    "<!channel>", "<!here|x>", "<@U0000000001>", "<#C1|x>", "&lt;b&gt;", "&", "`", "```", "\u202e",
    "\u200b", "\x00", "\ud800", "=1+1", "'; DROP TABLE entries; --", "%s%n", "🧵", "א", "\n> ",
    "a" * 3001, "<https://x|y>", ":", "by 25:61", ", by 02:45", "2", "99", "-1", "null", "[]",
    "{}", "@here",
)  # fmt: skip
VERBS = (
    "", "here", "severity", "severity critical", "command", "resolve", "reopen", "close", "quiet",
    "merge 1", "split 1", "relate 9", "find x", "list", "settings", "update", "handover", "help",
    "step back", "clock began 02:10", "private: ", "new ",
)  # fmt: skip
MARKS = ("thread", "heavy_plus_sign", "heavy_minus_sign", "pushpin", "x")
JSON = dict[str, Any]


@dataclass(slots=True)
class Attack:
    """One run: who attacks, where, and what was found wrong."""

    world: World
    people: tuple[Human, ...]
    draws: SeededDraws
    ids: tuple[str, ...]
    sent: int = 0
    refused: int = 0

    def one_of(self, choices: Any) -> Any:
        return choices[int(self.draws.uniform(0, len(choices)))]

    def text(self) -> str:
        parts: list[str] = [
            self.one_of((*NASTY, "graph is flat", "db2")) for _ in range(self.one_of((0, 1, 2, 4)))
        ]
        word: str = self.one_of(("", *(f"{each.value.replace('_', ' ')}: " for each in Word)))
        return word + " ".join(parts)

    def payload(self) -> JSON:
        """One payload of any kind; some of them whole, some with a part missing."""
        makers = (self.command, self.message, self.message, self.edit, self.mark, self.action,
                  self.action, self.view, self.shortcut)  # fmt: skip
        body: JSON = self.one_of(makers)()
        if self.draws.uniform(0, 1) < 0.05:
            body.pop(self.one_of(tuple(body)))
        return body

    def who(self) -> JSON:
        person = self.one_of((*(each.id for each in self.people), "U0FORGED"))
        team = self.one_of((self.world.bot.workspace.id,) * 9 + ("T0OTHER",))
        return {"team": {"id": team}, "user": {"id": person}, "trigger_id": self.draws.token()}

    def command(self) -> JSON:
        who = self.who()
        name = self.one_of(("/incident", "/thread", "/log"))
        text = self.one_of((self.text(), f"{self.one_of(VERBS)} {self.text()}"))
        return {
            "command": name, "text": text, "team_id": who["team"]["id"],
            "user_id": who["user"]["id"], "channel_id": self.place(), "channel_name": "x",
            "trigger_id": who["trigger_id"], "response_url": self.world.sandbox.url,
        }  # fmt: skip

    def place(self) -> str:
        return str(self.one_of((self.world.channel.id,) * 5 + ("C0NOWHERE",)))

    def ts(self) -> str:
        known = [each.ts for each in self.world.channel.messages]
        return str(self.one_of((*known[-40:], "1.1", "")))

    def _event(self, event: JSON) -> JSON:
        who = self.who()
        event = {"user": who["user"]["id"], "channel": self.place(), **event}
        return {
            "type": "event_callback", "team_id": who["team"]["id"],
            "event_id": self.draws.token(), "event": event,
        }  # fmt: skip

    def message(self) -> JSON:
        now = self.world.clock.now().timestamp()
        ts = f"{now:.0f}.{self.sent:06d}"
        place = {"thread_ts": self.ts()} if self.draws.uniform(0, 1) < 0.5 else {}
        return self._event({"type": "message", "text": self.text(), "ts": ts, **place})

    def edit(self) -> JSON:
        ts, by = self.ts(), self.one_of(self.people).id
        changed = {"user": by, "text": self.text(), "ts": ts, "type": "message"}
        kind = self.one_of(("message_changed", "message_deleted"))
        body = {"type": "message", "subtype": kind, "message": changed, "ts": ts,
                "previous_message": changed, "deleted_ts": ts}  # fmt: skip
        return self._event(body)

    def mark(self) -> JSON:
        kind = self.one_of(("reaction_added", "reaction_removed"))
        item = {"type": "message", "channel": self.place(), "ts": self.ts()}
        return self._event({"type": kind, "reaction": self.one_of(MARKS), "item": item})

    def value(self) -> str:
        incident = self.world_incident
        offer = {
            "intent": self.one_of(("take", "against", "already done", "x", self.text())),
            "text": self.text(),
            "number": self.one_of((1, 7, None)),
            "incident": incident,
        }
        forged = json.dumps(offer)[:2000]
        named = (f"{incident}/1", f"{incident}/1/U1", incident, "thread:1", "starter:logs", "1")
        return str(self.one_of((self.text()[:2000], forged, *named)))

    @property
    def world_incident(self) -> str:
        return str(self.one_of((INCIDENT[0], "forged")))

    def action(self) -> JSON:
        name = self.one_of((*self.ids, "offer:0", "more:merge", "due_by:1"))
        action = {"type": "button", "action_id": name, "block_id": self.text()[:50] or "b",
                  "value": self.value(), "selected_option": {"value": self.value()}}  # fmt: skip
        return {
            "type": "block_actions", **self.who(), "channel": {"id": self.place(), "name": "x"},
            "container": {"message_ts": self.ts(), "thread_ts": self.ts(), "type": "message"},
            "response_url": self.world.sandbox.url, "actions": [action],
        }  # fmt: skip

    def view(self) -> JSON:
        field = {"type": "plain_text_input", "value": self.text()}
        values = {name: {self.one_of(("value", name)): field} for name in self.ids[:12]}
        view = {"id": "V1", "callback_id": self.one_of((*self.ids, "more:merge")), "hash": "1",
                "private_metadata": self.value(), "state": {"values": values}, "type": "modal",
                "blocks": []}  # fmt: skip
        return {"type": "view_submission", **self.who(), "view": view}

    def shortcut(self) -> JSON:
        kind = self.one_of(("shortcut", "message_action"))
        message = {"ts": self.ts(), "text": self.text(), "user": self.one_of(self.people).id}
        return {
            "type": kind, **self.who(), "callback_id": self.one_of(self.ids), "message": message,
            "channel": {"id": self.place(), "name": "x"}, "message_ts": self.ts(),
            "response_url": self.world.sandbox.url,
        }  # fmt: skip


INCIDENT = [""]


async def attack(world: World, people: tuple[Human, ...], inputs: int, seed: int) -> Attack:
    """Send that many payloads; raises AssertionError with the first that does harm."""
    await people[0].declares("the database is slow")
    await people[0].says("thread: disk is full on db2")
    INCIDENT[0] = (await world.record()).incident.id
    found = {each for path in HANDLERS.rglob("*.py") for each in CONSTANT.findall(path.read_text())}
    run = Attack(world, people, SeededDraws(seed), tuple(sorted(found)))
    for _ in range(inputs):
        run.sent += 1
        body = run.payload()
        before = len((await world.record()).entries)
        said = await world.takes(body)
        assert not [line for line in world.log if line["log_level"] == "error"], (
            body,
            world.log[-1],
        )
        if said.startswith("{"):
            assert not list(unsafe_parts(json.loads(said))), (body, said)
        if "othing changed" in said or "othing is recorded" in said:
            run.refused += 1
            assert len((await world.record()).entries) == before, (body, said)
        if run.sent % 50 == 0:
            await world.passes(minutes=1)
    await world.passes(minutes=5)
    for call in world.sandbox.calls:
        # Slack may refuse a forged person, trigger or message; never what we say.
        if call.error and not call.error.startswith(("invalid_blocks", "invalid_arguments")):
            world.excuses(call.method, call.error)
    return run


async def main(inputs: int, seed: int) -> None:
    """Run it on a database of its own and say what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/hostile.db"
        schema.upgrade(url)
        async with a_world(url) as world:
            world.excused_failures = 0
            people = tuple(world.person(name) for name in ("alice", "bob"))
            guest = world.person("gus", guest=True)
            run = await attack(world, (*people, guest), inputs, seed)
    print(json.dumps({"inputs": run.sent, "refused": run.refused, "crashes": 0, "harm": 0}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asyncio.run(main(asked.inputs, asked.seed))
