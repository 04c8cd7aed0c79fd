"""Private looks besides the board: typed, or pressed under More and below a catch-up."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import SendFailed
from bot.incidents.commands import IncidentCommand
from bot.incidents.found import Place
from bot.incidents.improvised import Improvised
from bot.incidents.verbs import IncidentVerb
from bot.workspace.model import Request
from handlers.blocks import viewing
from handlers.blocks.message import Message
from handlers.blocks.text import Names
from handlers.blocks.viewing import MORE_IMPROVISED, RELATED, SYMPTOM, UNRELATED
from handlers.inbox import RECEIVED
from handlers.parse import ActionPayload, Command, Malformed, action_of
from handlers.services import Services

log = structlog.get_logger(__name__)

# Whoever asked waits: a hundred strangers are met over several looks.
MET_AT_ONCE = 30
ABOUT = re.compile(r"(?P<incident>[\w-]{1,64}):(?P<seq>[1-9]\d{0,8})")

Look = Callable[[Services, Request, str], Awaitable[Message]]
Handle = Callable[[Services, Request, IncidentCommand, Command], Awaitable[Message]]


class _After(BaseModel):
    """Where a page of improvised lines begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: tuple[AwareDatetime, str, int]


def register(app: AsyncApp, services: Services) -> None:
    """The buttons of symptoms, and the pages of what was improvised."""

    async def on_doubt(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        message = await _doubt(services, request, payload)
        return await services.inbox.to_action(payload, message, replace=True)

    async def on_page(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        message = await improvised(services, request, place_of(payload.value))
        return await services.inbox.to_action(payload, message, replace=True)

    app.action(re.compile(rf"^{SYMPTOM}:(?:{UNRELATED}|{RELATED})$"))(on_doubt)
    app.action(MORE_IMPROVISED)(on_page)


async def _doubt(services: Services, request: Request, payload: ActionPayload) -> Message:
    found = ABOUT.fullmatch(payload.value)
    if found is None:
        raise Malformed("about no symptom of ours")
    unrelated = payload.actions[0].action_id.endswith(f":{UNRELATED}")
    told = await services.viewing.doubt(
        request, found["incident"], int(found["seq"]), unrelated=unrelated
    )
    return viewing.symptoms(told, await _names(services, request))


async def symptoms(services: Services, request: Request, incident: str = "") -> Message:
    """What people see, each with its button."""
    told = await services.viewing.symptoms(request, incident)
    return viewing.symptoms(told, await _names(services, request))


async def changes(services: Services, request: Request, incident: str = "") -> Message:
    """What was changed, with windows."""
    told = await services.viewing.changes(request, incident)
    return viewing.changes(told, await _names(services, request))


async def group(services: Services, request: Request, incident: str = "") -> Message:
    """Who is on what. People and tools that nobody has met yet are asked for first."""
    told = await services.viewing.group(request, incident)
    if await _met(services, request.workspace, told.people):
        told = await services.viewing.group(request, incident)
    return viewing.group(told, await _names(services, request), request.person.id)


async def _met(services: Services, workspace: str, people: frozenset[str]) -> int:
    """Have the directory learn who people are, some at a time; how many were not known."""
    known = await services.directory.names(workspace)
    new = [each for each in sorted(people) if each not in known][:MET_AT_ONCE]
    await asyncio.gather(*(_meet(services, workspace, each) for each in new))
    return len(new)


async def _meet(services: Services, workspace: str, person: str) -> None:
    try:
        await services.directory.person(workspace, person)
    except SendFailed as failure:
        log.info("person.not_known", reason=failure.reason)  # shown as somebody


async def improvised(services: Services, request: Request, after: Place | None = None) -> Message:
    """What was improvised in the last 7 days, with links to where it was said."""
    page = await services.viewing.improvised(request, after)
    links = await _links(services, request, page.lines)
    return viewing.improvised(page, await _names(services, request), links, request.at)


async def _links(
    services: Services, request: Request, lines: tuple[Improvised, ...]
) -> dict[tuple[str, str], str]:
    """Slack is asked for all of them at once, for the person waits; one that fails is left out."""
    said = list(dict.fromkeys((each.channel, each.message) for each in lines if each.message))
    found = await asyncio.gather(*(services.inbox.link(request.workspace, *one) for one in said))
    return {one: link for one, link in zip(said, found, strict=True) if link}


async def _names(services: Services, request: Request) -> Names:
    known = await services.directory.names(request.workspace)
    return lambda person: known.get(person, "somebody")


def place_of(value: str) -> Place:
    """Where the last page ended. Raises Malformed."""
    try:
        return Place(*_After.model_validate_json(value).after)
    except ValidationError:
        # Its message would repeat what the button carries.
        raise Malformed("not a value of ours") from None


async def _improvised(services: Services, request: Request, _incident: str) -> Message:
    """Across incidents, whichever it was pressed in."""
    return await improvised(services, request)


LOOKS: dict[str, Look] = {
    "group": group,
    "changes": changes,
    "symptoms": symptoms,
    "improvised": _improvised,
}


def _typed(look: Look) -> Handle:
    async def handled(
        services: Services, request: Request, _asked: IncidentCommand, _payload: Command
    ) -> Message:
        return await look(services, request, "")

    return handled


VERBS: dict[IncidentVerb, Handle] = {
    IncidentVerb.GROUP: _typed(group),
    IncidentVerb.CHANGES: _typed(changes),
    IncidentVerb.SYMPTOMS: _typed(symptoms),
}
