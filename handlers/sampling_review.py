"""Reviewing: the queue, tags, the code book, rounds of two, and one's role in a study.

What is shown stands in forms, of which nobody else ever sees anything.
"""

from collections.abc import Awaitable, Callable
from itertools import takewhile
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.sampling.commands import Typed
from bot.sampling.model import Appointment, Role, Study
from bot.sampling.review_ports import Tag, TextKey
from bot.sampling.reviewing import ToCode
from bot.sampling.reviewing_rounds import ToSettle
from bot.workspace.model import Request
from handlers.blocks import sampling_review as blocks
from handlers.blocks.message import Message
from handlers.blocks.text import as_installed, ours, section
from handlers.filled import Filled, filled_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import ActionPayload, Malformed, action_of
from handlers.services import Services

NO_ROLE = "You hold no role in a study here. Nothing changed."
NO_ANALYST = (
    "Exports are for analysts of a study, and you are none of this one. Its owner can name you."
    " Nothing changed."
)
ALL_DONE = "You have coded all texts of this round."
ALL_SETTLED = "There is nothing left on which you two differ in this round."
CODED_PARTS, NEXT_PARTS, MORE_PARTS = 4, 2, 3


# What a button does; the form in which it was pressed is in the body.
Press = Callable[[Services, Request, ActionPayload, dict[str, Any]], Awaitable[None]]
# What a form does; the second request is for whatever is looked up afterwards.
Submit = Callable[[Services, Request, Request, Filled], Awaitable[BoltResponse]]


def register(app: AsyncApp, services: Services) -> None:
    """Every button and form of reviewing."""

    for action_id, press in PRESSES.items():
        app.action(action_id)(pressed(services, press))
    for callback, submit in SUBMITTED.items():
        app.view(callback)(submitted(services, submit))


def pressed(services: Services, press: Press) -> Callable[..., Awaitable[BoltResponse]]:
    """A button, most often in a form. What is refused there has no message to be told below: a form
    says it."""

    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        try:
            await press(services, request, payload, body)
        except Refusal as refused:
            if payload.response_url or (body.get("view") or {}).get("type") != "modal":
                raise
            said = ours(as_installed(refused.text, services.prefix))
            await _push(services, request, payload, blocks.told("Not done", said))
        return ok()

    return on_press


def submitted(services: Services, submit: Submit) -> Callable[..., Awaitable[BoltResponse]]:
    """A form that was sent."""

    async def on_submission(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = filled_of(body)
        received = context[RECEIVED]
        request = await services.dialogs.from_submission(given, received)
        # What is looked up after it was kept: the envelope's receipt is taken by then.
        plain = await services.dialogs.from_person(given.team.id, given.user.id, received)
        return await submit(services, request, plain, given)

    return on_submission


async def _more(
    services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
) -> None:
    study_id, after, words = _parts(payload.value, MORE_PARTS)
    await _show(services, body, request, await _queue(services, request, study_id, words, after))


async def _code_one(
    services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
) -> None:
    book = await services.reviewing.book(request, _parts(payload.value, CODED_PARTS)[0])
    if book is None:
        raise Refusal(blocks.NO_CODE_BOOK)
    shown = _beside(body, payload.value)
    await _push(services, request, payload, blocks.code(payload.value, shown, book))


async def _next(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    study_id, round_id = _parts(payload.value, NEXT_PARTS)
    found = await services.reviewing.next_to_code(request, study_id, round_id)
    await _push(services, request, payload, _task(found))


async def _open_book(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    shown = (await _mine(services, request, payload.value))[0]
    newest = await services.reviewing.book(request, shown.id)
    await _push(services, request, payload, blocks.book(shown, newest))


async def _start_round(
    services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
) -> None:
    study_id, second = _chosen(payload)
    await services.reviewing.start_round(request, study_id, second)
    await _show(services, body, request, await _study(services, request, study_id))


async def _agreement(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    study_id, round_id = _parts(payload.value, NEXT_PARTS)
    found = await services.reviewing.agreement(request, study_id, round_id)
    rounds = await services.reviewing.rounds(request, study_id)
    mine = any(each.round.id == round_id and each.of(request.person.id) for each in rounds)
    view = blocks.agreement(found, payload.value if mine else "")
    await _push(services, request, payload, view)


async def _settle_one(
    services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
) -> None:
    """From the queue: by the code book that the round was coded by."""
    study_id, prompt, item, _ = _parts(payload.value, CODED_PARTS)
    book = await services.reviewing.settled_by(request, study_id, TextKey(prompt, item))
    view = blocks.settle(payload.value, _beside(body, payload.value), book)
    await _push(services, request, payload, view)


async def _settle_next(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    study_id, round_id = _parts(payload.value, NEXT_PARTS)
    found = await services.reviewing.next_to_settle(request, study_id, round_id)
    await _push(services, request, payload, _to_settle(study_id, found))


async def _attest(
    services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
) -> None:
    await services.studies.attest(request, payload.value)
    await _show(services, body, request, await _study(services, request, payload.value))


async def _grant(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    study_id, analyst = _chosen(payload)
    grant = await services.exporting.grant(request, study_id, analyst)
    view = blocks.granted(grant.analyst, services.command("sampling"))
    await _push(services, request, payload, view)


async def _figures(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    lines = await services.exporting.figures(request, payload.value)
    await _push(services, request, payload, blocks.figures(lines))


def _beside(body: dict[str, Any], value: str) -> list[dict[str, Any]]:
    """The text beside which somebody pressed, as it stands in the form below: its question, and all
    that follows up to the next button or card."""
    shown = iter((body.get("view") or {}).get("blocks", ()))
    for block in shown:
        if (block.get("accessory") or {}).get("value") == value:
            below = takewhile(lambda b: b["type"] == "section" and "accessory" not in b, shown)
            return [{"type": "section", "text": each["text"]} for each in (block, *below)]
    return []


def _chosen(payload: ActionPayload) -> tuple[str, str]:
    """The study of a row, and the person who was chosen in it."""
    return payload.actions[0].block_id.partition(":")[2], payload.actions[0].selected_user


async def _push(
    services: Services, request: Request, payload: ActionPayload, view: dict[str, Any]
) -> None:
    await services.dialogs.push(request.workspace, payload.trigger_id, view)


PRESSES: dict[str, Press] = {
    blocks.MORE: _more,
    blocks.CODE_ONE: _code_one,
    blocks.NEXT: _next,
    blocks.OPEN_BOOK: _open_book,
    blocks.START_ROUND: _start_round,
    blocks.AGREED: _agreement,
    blocks.SETTLE_ONE: _settle_one,
    blocks.SETTLE_NEXT: _settle_next,
    blocks.ATTEST: _attest,
    blocks.GRANT: _grant,
    blocks.FIGURES: _figures,
}


# -- verbs of the command --------------------------------------------------------------------------


async def review(
    services: Services, request: Request, asked: Typed, trigger: str
) -> Message | None:
    """Show the queue; or, of `review WORDS`, what has those words."""
    study, _ = await _mine(services, request)
    view = await _queue(services, request, study.id, asked.rest, "")
    await services.dialogs.open(request.workspace, trigger, view)
    return None


async def study(services: Services, request: Request, asked: Typed, trigger: str) -> Message | None:
    """Show a study to whoever has a part in it."""
    shown, _ = await _mine(services, request, asked.rest)
    await services.dialogs.open(
        request.workspace, trigger, await _study(services, request, shown.id)
    )
    return None


async def export(
    services: Services, request: Request, asked: Typed, _trigger: str
) -> Message | None:
    """Whether an analyst may export now, and how."""
    shown, mine = await _mine(services, request, asked.rest)
    if not any(each.role is Role.ANALYST for each in mine):
        raise Refusal(NO_ANALYST)
    grants = await services.exporting.grants(request, shown.id)
    live = [
        each
        for each in grants
        if each.analyst == request.person.id and each.at <= request.at < each.until
    ]
    until = max((each.until for each in live), default=None)
    told = blocks.may_export(shown, until, request.person.zoneinfo(), services.command("sampling"))
    return Message(told, (section(told),))


# -- what is shown ---------------------------------------------------------------------------------


async def _mine(
    services: Services, request: Request, wanted: str = ""
) -> tuple[Study, tuple[Appointment, ...]]:
    """The newest study that somebody holds a role in, or the one that is named. Raises Refusal."""
    for each in await services.studies.all(request.workspace):
        roles = await services.studies.roles(request.workspace, each.id)
        mine = tuple(one for one in roles if one.person == request.person.id)
        if mine and wanted in {"", each.id, each.name}:
            return each, mine
    raise Refusal(NO_ROLE)


async def _queue(
    services: Services, request: Request, study_id: str, words: str, after: str
) -> dict[str, Any]:
    shown, mine = await _mine(services, request, study_id)
    if words:
        page = await services.reviewing.search(request, study_id, words, after)
    else:
        page = await services.reviewing.queue(request, study_id, after)
    coder = any(each.role is Role.CODER for each in mine)
    return blocks.queue(shown, page, coder=coder, words=words)


async def _study(services: Services, request: Request, study_id: str) -> dict[str, Any]:
    shown, mine = await _mine(services, request, study_id)
    attested = any(each.attested_at is not None for each in mine)
    me, command = request.person.id, services.command("sampling")
    if not attested:
        return blocks.study(shown, mine, (), (), me, command)
    rounds = await services.reviewing.rounds(request, study_id)
    grants = await services.exporting.grants(request, study_id)
    left = blocks.left_it(grants, await services.exporting.exports(request, study_id))
    return blocks.study(shown, mine, left, rounds, me, command)


async def _show(
    services: Services, body: dict[str, Any], request: Request, view: dict[str, Any]
) -> None:
    """In the place of the form in which somebody pressed."""
    opened = body.get("view") or {}
    if not opened.get("id"):
        raise Malformed("pressed in no form")
    await services.dialogs.update(request.workspace, str(opened["id"]), view)


def _task(found: ToCode | None) -> dict[str, Any]:
    if found is None:
        return blocks.told("Done", ALL_DONE)
    text = next(each for each in found.card.texts if each.text == found.task.text)
    carried = f"{found.round.study}|{text.text.prompt}|{text.text.item}|{found.round.id}"
    return blocks.code(carried, blocks.asked(text), found.book, found.left)


def _to_settle(study_id: str, found: ToSettle | None) -> dict[str, Any]:
    return (
        blocks.told("Done", ALL_SETTLED) if found is None else blocks.settle_next(study_id, found)
    )


# -- what was pressed and filled in ----------------------------------------------------------------


def _parts(typed: str, count: int) -> list[str]:
    parts = typed.split("|", count - 1)
    if len(parts) != count:
        raise Malformed("no answer of ours")
    return parts


async def _coded(
    services: Services, request: Request, plain: Request, given: Filled
) -> BoltResponse:
    """Keep the tags; in a round, show the next text."""
    study_id, prompt, item, round_id = _parts(given.view.private_metadata, CODED_PARTS)
    chosen = given.ticked(blocks.TAGS)
    await services.reviewing.code(request, study_id, TextKey(prompt, item), chosen)
    if not round_id:
        return ok()
    return update(_task(await services.reviewing.next_to_code(plain, study_id, round_id)))


async def _settled(
    services: Services, request: Request, plain: Request, given: Filled
) -> BoltResponse:
    """Keep what two agreed on; in a round, show the next text on which they differ."""
    study_id, prompt, item, round_id = _parts(given.view.private_metadata, CODED_PARTS)
    chosen = given.ticked(blocks.TAGS)
    await services.reviewing.settle(request, study_id, TextKey(prompt, item), chosen)
    if not round_id:
        return ok()
    found = await services.reviewing.next_to_settle(plain, study_id, round_id)
    return update(_to_settle(study_id, found))


async def _booked(
    services: Services, request: Request, _plain: Request, given: Filled
) -> BoltResponse:
    tags = tags_of(given.text(blocks.TEXT))
    await services.reviewing.change_book(request, given.view.private_metadata, tags)
    return ok()


SUBMITTED: dict[str, Submit] = {
    blocks.CODE: _coded,
    blocks.SETTLE: _settled,
    blocks.BOOK: _booked,
}


def update(view: dict[str, Any]) -> BoltResponse:
    """Another form in the place of the one that was sent."""
    return BoltResponse(status=200, body={"response_action": "update", "view": view})


def tags_of(typed: str) -> tuple[Tag, ...]:
    """One tag a line, and after a colon when it fits."""
    lines = [each.strip() for each in typed.splitlines() if each.strip()]
    parts = [each.partition(":") for each in lines]
    return tuple(Tag(name.strip(), meaning.strip()) for name, _, meaning in parts)
