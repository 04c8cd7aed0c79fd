"""What was published of studies, and quotes: asked for, answered, taken back."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.sampling.commands import Typed
from bot.sampling.disclosure import closed_weeks
from bot.sampling.model import Study
from bot.sampling.review_ports import TextKey
from bot.workspace.model import Request
from handlers.blocks import sampling, sampling_results, sampling_review
from handlers.blocks.message import Message
from handlers.filled import filled_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import ActionPayload, Malformed
from handlers.sampling_review import Press, pressed
from handlers.services import Services

CARRIED_PARTS = 4
NO_WEEK = "No week of this study is over yet. Nothing was published."


def register(app: AsyncApp, services: Services) -> None:
    """Buttons and forms of quotes, and publishing."""

    async def on_ask(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = filled_of(body)
        request = await services.dialogs.from_submission(given, context[RECEIVED])
        parts = given.view.private_metadata.split("|")
        if len(parts) != CARRIED_PARTS:
            raise Malformed("no text of ours")
        words, place = given.text(sampling_results.WORDS), given.text(sampling_results.PLACE)
        text = TextKey(parts[1], parts[2])
        await services.quoting.ask(request, parts[0], text, words, place)
        return ok()

    async def on_shorten(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = filled_of(body)
        request = await services.dialogs.from_submission(given, context[RECEIVED])
        await services.quoting.answer(
            request,
            given.view.private_metadata,
            approve=True,
            shortened=given.text(sampling_results.WORDS),
        )
        return ok()

    for action_id, press in PRESSES.items():
        app.action(action_id)(pressed(services, press))
    app.view(sampling_results.ASK_FORM)(on_ask)
    app.view(sampling_results.SHORTEN_FORM)(on_shorten)


# -- quotes ----------------------------------------------------------------------------------------


async def _open_ask(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    view = sampling_results.ask_form(payload.value)
    await services.dialogs.push(request.workspace, payload.trigger_id, view)


async def _open_quotes(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    view = sampling_results.quotes(await services.quoting.of_mine(request))
    await services.dialogs.open(request.workspace, payload.trigger_id, view)


def _says(*, yes: bool) -> Press:
    async def press(
        services: Services, request: Request, payload: ActionPayload, body: dict[str, Any]
    ) -> None:
        await services.quoting.answer(request, payload.value, approve=yes)
        again = sampling_results.quotes(await services.quoting.of_mine(request))
        await services.dialogs.update(request.workspace, _view_of(body), again)

    return press


async def _open_shorten(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    found = [each.quote for each in await services.quoting.of_mine(request)]
    meant = next((each for each in found if each.id == payload.value), None)
    if meant is None:
        raise Malformed("no quote of theirs")
    view = sampling_results.shorten_form(meant.id, meant.words)
    await services.dialogs.push(request.workspace, payload.trigger_id, view)


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
    return sampling_results.results(study, figures, themes, quotes)


def _weeks(study: Study, request: Request) -> int:
    return 0 if study.started_at is None else closed_weeks(study.started_at.date(), request.at)


async def _publish(
    services: Services, request: Request, payload: ActionPayload, _body: dict[str, Any]
) -> None:
    """The owner publishes the last week that is over: the first question, and themes."""
    found = await services.studies.all(request.workspace)
    study = next((each for each in found if each.id == payload.value), None)
    week = _weeks(study, request) if study else 0
    if study is None or not week:
        raise Refusal(NO_WEEK)
    question = study.protocol.first.name
    release = await services.releasing.publish(request, study.id, question, week)
    themes = await services.releasing.publish_themes(request, study.id, week)
    told = f"Week {week} is published: {release.figure.answers} answers"
    told += f", {len(themes)} themes. `{services.command('sampling')} results` shows it to all."
    view = sampling_review.told("Published", told)
    await services.dialogs.push(request.workspace, payload.trigger_id, view)


PRESSES: dict[str, Press] = {
    sampling_results.ASK: _open_ask,
    sampling.QUOTES: _open_quotes,
    sampling_results.YES: _says(yes=True),
    sampling_results.NO: _says(yes=False),
    sampling_results.SHORTEN: _open_shorten,
    sampling_results.PUBLISH: _publish,
}
