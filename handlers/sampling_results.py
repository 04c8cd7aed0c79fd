"""What was published of studies, and quotes: asked for, answered, taken back."""

import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.sampling.commands import Typed
from bot.sampling.disclosure import closed_weeks
from bot.sampling.model import Study
from bot.sampling.releasing_shown import THEME
from bot.sampling.review_ports import QuoteState, TextKey
from bot.workspace.model import Request
from handlers.blocks import sampling, sampling_results, sampling_review
from handlers.blocks.message import Message
from handlers.blocks.text import one_line
from handlers.filled import Filled
from handlers.inbox import ok
from handlers.parse import ActionPayload, Malformed
from handlers.sampling_review import Press, Submit, pressed, submitted, update
from handlers.services import Services

CARRIED_PARTS = 4


def register(app: AsyncApp, services: Services) -> None:
    """Buttons and forms of quotes, and publishing."""
    for action_id, press in PRESSES.items():
        app.action(action_id)(pressed(services, press))
    for callback, submit in SUBMITTED.items():
        app.view(callback)(submitted(services, submit))


# -- quotes ----------------------------------------------------------------------------------------


async def _open_ask(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    view = sampling_results.ask_form(payload.value, services.command("sampling"))
    await services.dialogs.push(request.workspace, payload.trigger_id, view)


async def _open_quotes(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    view = await _quotes(services, request)
    await services.dialogs.open(request.workspace, payload.trigger_id, view)


async def _quotes(services: Services, request: Request) -> dict[str, Any]:
    found = await services.quoting.of_mine(request)
    return sampling_results.quotes(found, services.command("sampling"))


def _says(*, yes: bool) -> Press:
    async def press(
        services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
    ) -> None:
        quote_id, seen = _seen(payload.value)
        await services.quoting.answer(request, quote_id, approve=yes, seen=seen)
        again = await _quotes(services, request)
        await services.dialogs.update(request.workspace, _view_of(body), again)

    return press


async def _open_shorten(
    services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
) -> None:
    found = [each.quote for each in await services.quoting.of_mine(request)]
    meant = next((each for each in found if each.id == payload.value), None)
    if meant is None:
        raise Malformed("no quote of theirs")
    view = sampling_results.shorten_form(meant.id, meant.words, _view_of(body))
    await services.dialogs.push(request.workspace, payload.trigger_id, view)


async def _asks(
    services: Services, request: Request, _plain: Request, given: Filled
) -> BoltResponse:
    parts = given.view.private_metadata.split("|")
    if len(parts) != CARRIED_PARTS:
        raise Malformed("no text of ours")
    words, place = given.text(sampling_results.WORDS), given.text(sampling_results.PLACE)
    await services.quoting.ask(request, parts[0], TextKey(parts[1], parts[2]), words, place)
    return ok()


async def _shortens(
    services: Services, request: Request, plain: Request, given: Filled
) -> BoltResponse:
    """Keep it; the form below must not go on offering a yes to all the words."""
    less = given.text(sampling_results.WORDS)
    quote_id, _, below = given.view.private_metadata.partition("|")
    await services.quoting.answer(request, quote_id, approve=True, shortened=less)
    if below and await _shown_anew(services, plain, below):
        return ok()
    return BoltResponse(status=200, body={"response_action": "clear"})


async def _shown_anew(services: Services, request: Request, below: str) -> bool:
    """Whether Slack took it. Their word is kept by then, so nothing may be refused."""
    try:
        await services.dialogs.update(request.workspace, below, await _quotes(services, request))
    except Refusal:
        return False
    return True


def _seen(value: str) -> tuple[str, QuoteState]:
    """The quote of a button, and the author's word on it when it was shown; where it says none,
    as if they had been shown it unanswered."""
    quote_id, _, state = value.partition("|")
    try:
        return quote_id, QuoteState(state or QuoteState.ASKED)
    except ValueError:
        raise Malformed("no button of ours") from None


def _view_of(body: dict[str, Any]) -> str:
    opened = body.get("view") or {}
    if not opened.get("id"):
        raise Malformed("pressed in no form")
    return str(opened["id"])


# -- what was published ----------------------------------------------------------------------------


async def results(
    services: Services, request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    """What was published of the newest study that has anything."""
    message = None
    for each in await services.studies.all(request.workspace):
        message = await _results(services, request, each)
        if message.text != sampling_results.NOTHING:
            return message
    return message or Message(sampling_results.NOTHING)


async def _results(services: Services, request: Request, study: Study) -> Message:
    team = request.workspace
    figures = await services.releasing.published(team, study.id)
    weeks = range(1, _weeks(study, request) + 1)
    themes = {each: await services.releasing.themes(team, study.id, each) for each in weeks}
    quotes = await services.quoting.approved(team, study.id)
    shown = sampling_results.results(study, figures, themes, quotes)
    return sampling_results.sealed(shown, study, await services.studies.heads(team, study.id))


def _weeks(study: Study, request: Request) -> int:
    return 0 if study.started_at is None else closed_weeks(study.started_at.date(), request.at)


async def _open_publish(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    view = sampling_results.publish_form(await services.releasing.choices(request, payload.value))
    await services.dialogs.push(request.workspace, payload.trigger_id, view)


async def _publishes(
    services: Services, request: Request, _plain: Request, given: Filled
) -> BoltResponse:
    """The owner publishes a question of a week, or what its texts were about."""
    what, week = given.chosen(sampling_results.WHAT), given.chosen(sampling_results.WEEK)
    if not re.fullmatch(r"[0-9]{1,4}", week):
        raise Malformed("no week of ours")
    study_id = given.view.private_metadata
    if what == THEME:
        themes = await services.releasing.publish_themes(request, study_id, int(week))
        named = ", ".join(one_line(each, 60) for each in themes) or "none"
        told = f"Published: what at least five people wrote about in week {week}: {named}"
    else:
        release = await services.releasing.publish(request, study_id, what, int(week))
        told = f"Published: a figure of {release.figure.answers} answers"
    command = services.command("sampling")
    return update(sampling_review.told("Published", f"{told}. `{command} results` shows all."))


PRESSES: dict[str, Press] = {
    sampling_results.ASK: _open_ask,
    sampling.QUOTES: _open_quotes,
    sampling_results.YES: _says(yes=True),
    sampling_results.NO: _says(yes=False),
    sampling_results.SHORTEN: _open_shorten,
    sampling_results.PUBLISH: _open_publish,
}
SUBMITTED: dict[str, Submit] = {
    sampling_results.ASK_FORM: _asks,
    sampling_results.SHORTEN_FORM: _shortens,
    sampling_results.PUBLISH_FORM: _publishes,
}
