"""Who would look with fresh eyes: said on one's own tab, and taken back there."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.workspace.teams import EVERY_DAY, Hours, hours
from handlers import home
from handlers.blocks import teams
from handlers.dialogs import errors, submission_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import Malformed, action_of
from handlers.services import Services


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Day(_Shape):
    value: str = Field(pattern=r"^[0-6]$")


class _Given(_Shape):
    """What stands in a field: a time, or the days that are ticked."""

    selected_time: str | None = Field(default=None, max_length=5)
    selected_options: list[_Day] = []


def register(app: AsyncApp, services: Services) -> None:
    """The buttons of one's own tab, and the form with the hours."""

    async def on_willing(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        request = await services.inbox.from_action(action_of(body), context[RECEIVED])
        await services.teams.willing(request, Hours())
        await home.publish(services, request)
        return ok()

    async def on_unwilling(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        request = await services.inbox.from_action(action_of(body), context[RECEIVED])
        await services.teams.unwilling(request)
        await home.publish(services, request)
        return ok()

    async def on_hours(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        me = await services.teams.me(request.workspace, request.person.id)
        view = teams.form(me.hours if me else Hours())
        await services.dialogs.open(request.workspace, payload.trigger_id, view)
        return ok()

    async def on_save(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = submission_of(body)
        request = await services.dialogs.from_submission(given, context[RECEIVED])
        try:
            await services.teams.willing(request, hours_in(body))
        except Refusal as refused:
            return errors(refused.field or teams.BEGINS, refused.text)
        await home.publish(services, request)
        return ok()

    app.action(teams.WILLING)(on_willing)
    app.action(teams.UNWILLING)(on_unwilling)
    app.action(teams.HOURS)(on_hours)
    app.view(teams.FORM)(on_save)


def hours_in(body: dict[str, Any]) -> Hours:
    """What was filled in. Raises Refusal, Malformed."""
    begins, ends = (_given(body, each).selected_time or "" for each in (teams.BEGINS, teams.ENDS))
    ticked = {int(each.value) for each in _given(body, teams.DAYS).selected_options}
    return hours(begins, ends, ticked & {*EVERY_DAY})


def _given(body: dict[str, Any], key: str) -> _Given:
    values = body.get("view", {}).get("state", {}).get("values", {})
    try:
        return _Given.model_validate(values.get(key, {}).get(key, {}))
    except ValidationError:
        raise Malformed("not our form of hours") from None
