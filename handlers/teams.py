"""Teams: Slack's user groups, read as a whole and heard of as they change."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.errors import SendFailed
from bot.workspace.teams import NAME_MAX, Team
from handlers.inbox import ok
from handlers.parse import Malformed
from handlers.services import Services
from handlers.slack import Slack

Shape = TypeVar("Shape", bound=BaseModel)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Group(_Shape):
    """A user group. users: at most 500 of `user_count` in an event, all where they are asked for.

    It may come without people at all, and a group without any may leave them out.
    """

    id: str = Field(min_length=1, max_length=64)
    name: str = ""
    handle: str = ""
    date_delete: int = 0
    users: tuple[str, ...] | None = None
    user_count: int = 0

    @property
    def team(self) -> Team:
        name = " ".join((self.name or self.handle or self.id).split())
        return Team(self.id, name[:NAME_MAX], frozenset(self.users or ()))

    @property
    def is_whole(self) -> bool:
        """Whether everybody in it is named."""
        return self.users is not None and len(self.users) >= self.user_count


class _Changed(_Shape):
    """subteam_created and subteam_updated."""

    subteam: _Group


class _Moved(_Shape):
    """subteam_members_changed."""

    subteam_id: str = Field(min_length=1, max_length=64)
    added_users: tuple[str, ...] = ()
    removed_users: tuple[str, ...] = ()


def register(app: AsyncApp, services: Services) -> None:
    """Everything that is told of user groups."""

    async def on_changed(body: dict[str, Any]) -> BoltResponse:
        group = _read(_Changed, body).subteam
        if group.date_delete:
            await services.teams.gone(str(body["team_id"]), group.id)
        else:
            await services.teams.changed(str(body["team_id"]), group.team, whole=group.is_whole)
        return ok()

    async def on_moved(body: dict[str, Any]) -> BoltResponse:
        moved = _read(_Moved, body)
        await services.teams.moved(
            str(body["team_id"]), moved.subteam_id, moved.added_users, moved.removed_users
        )
        return ok()

    app.event("subteam_created")(on_changed)
    app.event("subteam_updated")(on_changed)
    app.event("subteam_members_changed")(on_moved)


def _read(shape: type[Shape], body: dict[str, Any]) -> Shape:
    try:
        return shape.model_validate(body.get("event"))
    except ValidationError:
        raise Malformed("no user group") from None


class SlackTeams:
    """See `bot.workspace.teams.TeamSource`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def teams(self, workspace: str) -> tuple[Team, ...]:
        answer = await self._slack.ask(workspace, "usergroups.list", include_users=True)
        try:
            groups = [_Group.model_validate(each) for each in answer.get("usergroups", [])]
        except ValidationError:
            raise SendFailed("bad_answer") from None
        return tuple(each.team for each in groups if not each.date_delete)
