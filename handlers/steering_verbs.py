"""The verbs of `/incident` that steer, as they are typed."""

from collections.abc import Awaitable, Callable

from bot.errors import Offer, Refusal
from bot.incidents import steer
from bot.incidents.commands import IncidentCommand
from bot.incidents.model import Severity
from bot.incidents.verbs import IncidentVerb
from bot.workspace.model import Permit, Request, authorise
from bot.workspace.settings import described
from handlers import viewing
from handlers.blocks import answers, privacy, settings, steering
from handlers.blocks.message import Message
from handlers.parse import Command
from handlers.services import Services
from handlers.steering import found_page, labels_of, open_form

Handle = Callable[[Services, Request, IncidentCommand, Command], Awaitable[Message | None]]


async def _update(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    return answers.done(await services.steering.update(request, asked.text))


async def _severity(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    """By our words, or by what this workspace calls them."""
    labels = labels_of(await services.settings.of(request.workspace))
    typed = " ".join((asked.level or asked.text).split()).casefold()
    meant = [each for each, label in labels.items() if typed in {label.casefold(), each.value}]
    if not meant:
        offers = tuple(Offer(label, "severity", each.value) for each, label in labels.items())
        said = " · ".join(labels.values())
        raise Refusal(f"Which severity? {said}. Nothing changed.", offers=offers)
    return answers.done(await services.incidents.set_severity(request, Severity(meant[0])))


async def _step_back(
    services: Services, request: Request, _asked: IncidentCommand, _payload: Command
) -> Message:
    return answers.done(await services.steering.step_back(request))


async def _handover(
    services: Services, request: Request, _asked: IncidentCommand, _payload: Command
) -> Message:
    return answers.done(await services.steering.handover(request))


async def _merge(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    return answers.done(await services.steering.merge(request, _number(asked, "merge 131")))


async def _split(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    return answers.done(await services.steering.split(request, _number(asked, "split 2")))


async def _relate(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    return answers.done(await services.steering.relate(request, _number(asked, "relate 131")))


def _or_form(handle: Handle) -> Handle:
    """Typed bare inside an incident, a verb asks as it does under More: by its form."""

    async def handled(
        services: Services, request: Request, asked: IncidentCommand, payload: Command
    ) -> Message | None:
        inside = await services.incidents.incident_here(request.workspace, request.channel)
        if asked.text or asked.number is not None or not inside:
            return await handle(services, request, asked, payload)
        authorise(request.person, Permit.STEER)
        await open_form(services, request, payload.trigger_id, asked.verb.value)
        return None

    return handled


def _number(asked: IncidentCommand, how: str) -> int:
    if asked.number is None:
        raise Refusal(
            f"Which one? Say its number: '{how}'. Nothing changed.", given_back=asked.text
        )
    return asked.number


async def _reopen(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    text = "" if asked.number else asked.text
    return answers.done(await services.steering.reopen(request, text, number=asked.number))


async def _close(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    if asked.number is not None:
        raise Refusal("Say it in that incident's channel. Nothing changed.", given_back=asked.text)
    return answers.done(await services.steering.close(request, asked.text))


async def _quiet(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    if asked.text not in {"", "on", "off"}:
        raise Refusal("Say 'quiet' or 'quiet off'. Nothing changed.", given_back=asked.text)
    return answers.done(await services.steering.set_quiet(request, on=asked.text != "off"))


async def _clock(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    try:
        clock, at = steer.read_clock(request, asked.text)
    except Refusal as refused:
        # "clock skew on db1" may be a title, too.
        refused.offers = (
            (Offer("Declare it with that title", "declare", f"clock {asked.text}"),)
            if asked.text
            else ()
        )
        raise
    return answers.done(await services.steering.set_clock(request, clock, at))


async def _list(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    which = asked.text or "open"
    if which == "improvised":
        return await viewing.improvised(services, request)
    page = await services.searching.listed(request, which)
    return steering.listed(page, which, labels_of(await services.settings.of(request.workspace)))


async def _find(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    return await found_page(services, request, asked.text)


async def _privacy(
    _services: Services, _request: Request, _asked: IncidentCommand, _payload: Command
) -> Message:
    return privacy.privacy()


async def _settings(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    """The page; "settings: quiet_minutes 20" changes one."""
    key, _, value = asked.text.strip().partition(" ")
    if key:
        made = await services.settings.change(request, {key.rstrip(":="): value.strip(" =")})
        said = [f"{each.key} is {each.new} now; it was {each.old}." for each in made]
        return answers.talk(" ".join(said) or "It says so already, so nothing changed.")
    shown = described(await services.settings.shown(request))
    return settings.page(shown, await services.nudging.off(request.workspace))


VERBS: dict[IncidentVerb, Handle] = {
    IncidentVerb.UPDATE: _or_form(_update),
    IncidentVerb.SEVERITY: _severity,
    IncidentVerb.STEP_BACK: _step_back,
    IncidentVerb.HANDOVER: _handover,
    IncidentVerb.MERGE: _or_form(_merge),
    IncidentVerb.SPLIT: _or_form(_split),
    IncidentVerb.RELATE: _or_form(_relate),
    IncidentVerb.REOPEN: _reopen,
    IncidentVerb.CLOSE: _close,
    IncidentVerb.QUIET: _quiet,
    IncidentVerb.CLOCK: _clock,
    IncidentVerb.LIST: _list,
    IncidentVerb.FIND: _or_form(_find),
    **viewing.VERBS,
    IncidentVerb.HELP_PRIVACY: _privacy,
    IncidentVerb.SETTINGS: _settings,
}
