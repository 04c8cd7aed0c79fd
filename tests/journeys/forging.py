"""Payloads that no screen of theirs sends, for every entry point of experience sampling.

What there is to forge is read from what the rooms register. Whoever adds a button, a form or a verb
decides here what a forger would put into it; until then `test_sampling_forged` fails.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import handlers
from bot.sampling.commands import Verb
from handlers.blocks import sampling as prompts
from handlers.blocks import sampling_forms as forms
from handlers.blocks import sampling_mine
from handlers.blocks import sampling_results as results
from handlers.blocks import sampling_review as review
from handlers.blocks import sampling_status as status
from tests.journeys.stage import Human, World

Json = dict[str, Any]
ITEM = "stuck_text"
GUESS = "build"  # an ordinary word of the answer that is not theirs


# -- what there is ---------------------------------------------------------------------------------


@dataclass
class Listening:
    """An app that only notes what is listened to."""

    heard: dict[str, list[str]] = field(default_factory=dict)

    def __getattr__(self, kind: str) -> Callable[..., Callable[[Any], Any]]:
        def listen(constraint: Any) -> Callable[[Any], Any]:
            name = constraint.pattern if isinstance(constraint, re.Pattern) else str(constraint)
            self.heard.setdefault(kind, []).append(name)
            return lambda listener: listener

        return listen


def listened_to() -> dict[str, set[str]]:
    """By kind (action, view, command …) all that rooms of sampling listen to, and other rooms that
    say so in the name; patterns as they are written."""
    found: dict[str, set[str]] = {}
    services: Any = SimpleNamespace(command=lambda name: f"/{name}")
    for room in handlers.ROOMS:
        app: Any = Listening()
        room.register(app, services)
        for kind, names in app.heard.items():
            ours = {each for each in names if "sampling" in f"{room.__name__} {each}"}
            found.setdefault(kind, set()).update(ours)
    return {kind: names for kind, names in found.items() if names}


# -- what a forger knows ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loot:
    """Every id there is; they have learned them somewhere. typed: the place and ts of what the
    author wrote to the bot; own: a prompt of the forger's, if they have any."""

    study: str
    prompt: str
    round: str
    quote: str
    digest: str
    channel: str
    typed: str
    coder: str
    analyst: str
    own: str = ""

    @property
    def text(self) -> str:
        return f"{self.study}|{self.prompt}|{ITEM}"


Press = Callable[[Loot], Json]
Form = Callable[[Loot], tuple[str, Json]]


def _value(made: Callable[[Loot], str]) -> Press:
    return lambda loot: {"value": made(loot)}


def _user(row: str, made: Callable[[Loot], str]) -> Press:
    return lambda loot: {"block_id": f"{row}:{loot.study}", "selected_user": made(loot)}


_NOTHING: Press = _value(lambda _: "")
_STUDY: Press = _value(lambda loot: loot.study)
_PROMPT: Press = _value(lambda loot: loot.prompt)
_QUOTE: Press = _value(lambda loot: loot.quote)
_TEXT: Press = _value(lambda loot: f"{loot.text}|")
_ROUND: Press = _value(lambda loot: f"{loot.study}|{loot.round}")

ACTIONS: dict[str, tuple[Press, ...]] = {
    f"{prompts.TAP}.3": (_PROMPT,),
    f"{prompts.DECLINE}.meeting": (_PROMPT,),
    f"{prompts.PRACTICE_TAP}.3": (_PROMPT,),
    prompts.FORM: (_PROMPT,),
    prompts.TYPED: (
        _value(lambda loot: f"{loot.prompt}/{loot.typed}"),
        _value(lambda loot: f"{loot.own or loot.prompt}/{loot.typed}"),
    ),
    f"{prompts.CHOSE}.activity": (_value(lambda _: "1"),),
    prompts.PRACTISE: (_STUDY,),
    prompts.JOIN: (_STUDY,),
    prompts.SETTINGS: (_STUDY,),
    prompts.PAUSE: (_NOTHING,),
    prompts.RESUME: (_NOTHING,),
    prompts.LEAVE: (_NOTHING,),
    prompts.EXIT_FORM: (_NOTHING,),
    prompts.QUOTES: (_NOTHING,),
    status.NOW: (_NOTHING,),
    status.MINE: (_NOTHING,),
    f"{sampling_mine.PAGE}.1": (_NOTHING,),
    status.DAYS_OFF: (_NOTHING,),
    status.PAUSE_OPEN: (_NOTHING,),
    status.PAUSE_TOMORROW: (_NOTHING,),
    status.PAUSE_WEEK: (_NOTHING,),
    status.STAY: (_NOTHING,),
    status.KEEP_IF_GONE: (_NOTHING,),
    status.ERASE_IF_GONE: (_NOTHING,),
    status.KEEP_RETURNED: (_STUDY,),
    status.LEAVE_KEEP: (_NOTHING,),
    status.LEAVE_ERASE: (_NOTHING,),
    status.ERASE: (_NOTHING,),
    review.MORE: (
        _value(lambda loot: f"{loot.study}||"),
        _value(lambda loot: f"{loot.study}||{GUESS}"),
    ),
    review.CODE_ONE: (_TEXT,),
    review.SETTLE_ONE: (_TEXT,),
    review.NEXT: (_ROUND,),
    review.AGREED: (_ROUND,),
    review.SETTLE_NEXT: (_ROUND,),
    review.OPEN_BOOK: (_STUDY,),
    review.START_ROUND: (_user("coder", lambda loot: loot.coder),),
    review.ATTEST: (_STUDY,),
    review.GRANT: (_user("owner", lambda loot: loot.analyst),),
    review.FIGURES: (_STUDY,),
    results.ASK: (_TEXT,),
    results.YES: (_QUOTE,),
    results.NO: (_QUOTE,),
    results.SHORTEN: (_QUOTE,),
    results.PUBLISH: (_STUDY,),
}
"""By an action's name, or one that its pattern fits."""

# They would end a forger's own part.
LAST = (status.LEAVE_KEEP, status.LEAVE_ERASE, status.ERASE)


def _typed(**values: str) -> Json:
    return {name: {name: {"value": value}} for name, value in values.items()}


def _ticked(name: str, *values: str) -> Json:
    return {name: {name: {"selected_options": [{"value": each} for each in values]}}}


def _picked(**values: str) -> Json:
    return {name: {name: {"selected_option": {"value": each}}} for name, each in values.items()}


VIEWS: dict[str, tuple[Form, ...]] = {
    forms.ANSWERS: (
        lambda loot: (loot.prompt, _typed(**{ITEM: "forged"})),
        lambda _: ("", _typed(**{ITEM: "practice"})),
    ),
    prompts.WHOLE: (lambda loot: (loot.prompt, _picked(stuck="3") | _typed(**{ITEM: "forged"})),),
    forms.JOIN: (lambda loot: (f"{loot.study}/1/{loot.digest}", _typed(zone="UTC", hours="9-17")),),
    forms.AGREE: (lambda loot: (f"{loot.study}/1/{loot.digest}", {}),),
    forms.EXIT: (lambda loot: (loot.study, {}),),
    forms.SETTINGS: (lambda loot: (loot.study, _typed(zone="UTC", hours="10-16")),),
    forms.HOLIDAYS: (lambda loot: (loot.study, _typed(dates="2027-01-01")),),
    review.CODE: (
        lambda loot: (f"{loot.text}|", _ticked("tags", "people")),
        lambda loot: (f"{loot.text}|{loot.round}", _ticked("tags", "people")),
    ),
    review.SETTLE: (
        lambda loot: (f"{loot.text}|", _ticked("tags", "people")),
        lambda loot: (f"{loot.text}|{loot.round}", _ticked("tags", "people")),
    ),
    review.BOOK: (lambda loot: (loot.study, _typed(text="forged: by somebody")),),
    results.ASK_FORM: (lambda loot: (f"{loot.text}|", _typed(words=GUESS, place="here")),),
    results.SHORTEN_FORM: (lambda loot: (loot.quote, _typed(words=GUESS)),),
    results.PUBLISH_FORM: (
        lambda loot: (loot.study, _picked(what="stuck", week="1")),
        lambda loot: (loot.study, _picked(what="theme:", week="1")),
    ),
}
REST: dict[Verb, tuple[str, ...]] = {
    Verb.STATUS: ("",),
    Verb.JOIN: ("", "stuck"),
    Verb.PAUSE: ("", "1 day"),
    Verb.RESUME: ("",),
    Verb.SETTINGS: ("",),
    Verb.LEAVE: ("",),
    Verb.ERASE: ("",),
    Verb.NOW: ("",),
    Verb.PRACTICE: ("",),
    Verb.MINE: ("",),
    Verb.RESULTS: ("", "stuck"),
    Verb.REVIEW: ("", GUESS),
    Verb.STUDY: ("", "stuck"),
    Verb.EXPORT: ("", "stuck"),
    Verb.HELP: ("",),
}
"""What follows each verb of the command."""


# -- forging ---------------------------------------------------------------------------------------


@dataclass
class Forger:
    """Somebody who sends all of it. team: where they say they are."""

    world: World
    human: Human
    loot: Loot
    team: str = ""
    sent: int = 0

    async def sends_everything(self) -> dict[str, str]:
        """Each entry point, and everything that anybody was shown for it, buttons and ids too."""
        shown: dict[str, str] = {}
        for name, body in self._everything():
            shown[name] = shown.get(name, "") + await self._shown(body)
        return shown

    def _everything(self) -> Iterator[tuple[str, Json]]:
        yield "app_home_opened", self._home()
        for verb, rests in REST.items():
            for rest in rests:
                yield f"/sampling {verb} {rest}".strip(), self._command(f"{verb} {rest}".strip())
        for name, made in VIEWS.items():
            for form in made:
                yield name, self._view(name, *form(self.loot))
        for name in sorted(ACTIONS, key=lambda each: (each in LAST, list(ACTIONS).index(each))):
            for press in ACTIONS[name]:
                yield name, self._action(name, press(self.loot))

    async def _shown(self, body: Json) -> str:
        before = len(self.world.sandbox.calls)
        answered = await self.world.takes(body)
        await self.world.lodger.idle()
        after = [each.args for each in self.world.sandbox.calls[before:]]
        told = json.loads(answered) if answered.startswith("{") else answered
        return json.dumps([told, after], ensure_ascii=False)

    def _who(self) -> Json:
        self.sent += 1
        team = self.team or self.world.bot.workspace.id
        trigger = f"forged.{self.human.id}.{self.team}.{self.sent}"
        return {"team": {"id": team}, "user": {"id": self.human.id}, "trigger_id": trigger}

    def _url(self) -> str:
        return f"{self.world.sandbox.url}/response/forged"

    def _command(self, text: str) -> Json:
        who = self._who()
        return {
            "command": "/sampling", "text": text, "team_id": who["team"]["id"],
            "user_id": self.human.id, "channel_id": self.world.lobby.id, "channel_name": "general",
            "trigger_id": who["trigger_id"], "response_url": self._url(),
        }  # fmt: skip

    def _action(self, name: str, done: Json) -> Json:
        view = {"id": "V0FORGED", "type": "modal", "private_metadata": self.loot.prompt}
        action = {"type": "button", "action_id": name, "block_id": "b", **done}
        return {
            "type": "block_actions", **self._who(), "actions": [action], "view": view,
            "channel": {"id": self.loot.channel, "name": "directmessage"},
            "container": {"type": "message", "message_ts": self.loot.typed, "is_ephemeral": True},
            "response_url": self._url(),
        }  # fmt: skip

    def _view(self, callback: str, about: str, values: Json) -> Json:
        field = {"type": "input", "block_id": "any"}  # somewhere to say what is wrong
        view = {
            "id": "V0FORGED", "type": "modal", "callback_id": callback, "hash": "1",
            "private_metadata": about, "state": {"values": values}, "blocks": [field],
        }  # fmt: skip
        return {"type": "view_submission", **self._who(), "view": view}

    def _home(self) -> Json:
        who = self._who()
        event = {"type": "app_home_opened", "user": self.human.id, "tab": "home", "channel": "D0"}
        return {
            "type": "event_callback", "team_id": who["team"]["id"], "event_id": who["trigger_id"],
            "event": event,
        }  # fmt: skip
