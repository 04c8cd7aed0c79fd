"""Modals: opened in answer to a press, filled in, and given back with what was wrong beside it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.errors import Refusal, SendFailed
from bot.workspace.model import Request
from handlers.filled import Filled
from handlers.inbox import COMMIT_SECONDS, FindPerson
from handlers.parse import Malformed
from handlers.slack import Slack

TEXT_MAX = 3000
NOT_OPENED = "Slack did not open the form, so nothing changed. Please press again."


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Id(_Shape):
    id: str = Field(min_length=1)


class _Field(_Shape):
    value: str | None = Field(default=None, max_length=TEXT_MAX)


class _State(_Shape):
    values: dict[str, dict[str, _Field]] = {}


class _View(_Shape):
    callback_id: str
    private_metadata: str = Field(default="", max_length=3000)
    state: _State = _State()


class Submission(_Shape):
    """A modal with one field, submitted."""

    team: _Id
    user: _Id
    trigger_id: str
    view: _View

    def text(self, field: str) -> str:
        """What was typed into the field."""
        return self.view.state.values.get(field, {}).get(field, _Field()).value or ""

    @property
    def about(self) -> list[str]:
        """What the form was opened for."""
        return self.view.private_metadata.split(":")


def submission_of(body: dict[str, Any]) -> Submission:
    """Raises Malformed."""
    try:
        return Submission.model_validate(body)
    except ValidationError:
        # Its message would repeat what somebody typed.
        raise Malformed("not a form of ours") from None


def errors(field: str, text: str) -> BoltResponse:
    """What is wrong, beside the field; what was typed stays."""
    body = {"response_action": "errors", "errors": {field: text}}
    return BoltResponse(status=200, body=body)


class Dialogs:
    """Opens modals, and says who submitted one."""

    def __init__(self, find_person: FindPerson, slack: Slack, clock: Clock) -> None:
        self._find_person = find_person
        self._slack = slack
        self._clock = clock

    async def open(self, workspace: str, trigger: str, view: dict[str, Any]) -> None:
        """Show a modal to whoever pressed. Raises Refusal."""
        await self._show(workspace, "views.open", trigger_id=trigger, view=view)

    async def push(self, workspace: str, trigger: str, view: dict[str, Any]) -> None:
        """Show a form over the one in which somebody pressed. Raises Refusal."""
        await self._show(workspace, "views.push", trigger_id=trigger, view=view)

    async def update(self, workspace: str, view_id: str, view: dict[str, Any]) -> None:
        """Show another form where one stands. Raises Refusal."""
        await self._show(workspace, "views.update", view_id=view_id, view=view)

    async def _show(self, workspace: str, method: str, **what: Any) -> None:
        try:
            await self._slack.call(workspace, method, quick=True, **what)
        except SendFailed as failure:
            raise Refusal(NOT_OPENED) from failure

    async def publish(
        self, workspace: str, person: str, view: dict[str, Any], seen: str = ""
    ) -> None:
        """Show somebody their own tab; `seen`: the hash of what they see. Raises SendFailed."""
        newer = {"hash": seen} if seen else {}
        await self._slack.call(
            workspace, "views.publish", quick=True, user_id=person, view=view, **newer
        )

    async def from_submission(self, given: Submission | Filled, received: float) -> Request:
        """Who submitted a form, and its receipt."""
        return await self.from_person(given.team.id, given.user.id, received, once=given.trigger_id)

    async def from_person(
        self, workspace: str, person: str, received: float, *, once: str | None = None
    ) -> Request:
        """A request of somebody that comes from no channel."""
        return Request(
            workspace=workspace,
            person=await self._find_person(workspace, person),
            at=self._clock.now(),
            once=once,
            deadline=received + COMMIT_SECONDS,
        )
