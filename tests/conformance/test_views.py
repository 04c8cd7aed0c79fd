"""Modals: who may open one, how many, how large, and what a submission may be answered with."""

from typing import Any

import pytest

from tests.conformance import sources
from tests.conformance.acts import FORM, answered, opened, submitted, trigger_of
from tests.conformance.driver import Operator, People
from tests.conformance.limits import MODAL, ViewLimit, actions, button, field, modal, plain
from tests.conformance.rules import expect, rule
from tests.conformance.wire import Json, Slack

PUSHING = modal(*actions(button(action_id="deeper")))


async def refused(slack: Slack, people: People, view: Json) -> str:
    """The code with which a modal is refused; empty if it opens."""
    async with slack.socket() as socket:
        trigger = await trigger_of(socket, people)
        return (await slack.call("views.open", trigger_id=trigger, view=view)).error


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(
            each, id=each.name, marks=rule(f"{each.name}: {each.most}", source=each.source)
        )
        for each in MODAL
    ],
)
async def test_modals_have_limits(slack: Slack, people: People, limit: ViewLimit) -> None:
    expect(await refused(slack, people, limit.build(limit.most)), "")
    expect(await refused(slack, people, limit.build(limit.most + 1)), "invalid_arguments")


@rule("a modal with an input needs a submit button", source=sources.MODALS)
async def test_inputs_need_a_submit_button(slack: Slack, people: People) -> None:
    expect(await refused(slack, people, modal(*field())), "invalid_arguments")
    expect(await refused(slack, people, modal(*field(), submit=plain("Send"))), "")


@rule("a view: 250 kB", source=sources.API)
async def test_views_have_a_size(slack: Slack, people: People) -> None:
    section = {"type": "section", "fields": [plain("x" * 2000)] * 10}
    expect(await refused(slack, people, modal(*[section] * 11)), "")
    expect(await refused(slack, people, modal(*[section] * 13)), "view_too_large")


@rule("a modal has a title", source=sources.MODALS)
async def test_modals_have_a_title(slack: Slack, people: People) -> None:
    untitled = {k: v for k, v in modal().items() if k != "title"}
    expect(await refused(slack, people, untitled), "invalid_arguments")


@rule("an alert may stand in a modal", source="slackapi/node-slack-sdk #2567")
async def test_alerts_stand_in_modals(slack: Slack, people: People) -> None:
    alert = {"type": "alert", "text": plain("x"), "level": "info"}
    expect(await refused(slack, people, modal(alert)), "")


@rule("an unknown trigger_id: invalid_trigger_id", source=sources.API)
async def test_triggers_are_known(slack: Slack) -> None:
    answer = await slack.call("views.open", trigger_id="1.2.no", view=modal())
    expect(answer.error, "invalid_trigger_id")


@rule("a trigger_id opens one modal: exchanged_trigger_id after that", source=sources.TRIGGERS)
async def test_triggers_work_once(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        trigger = await trigger_of(socket, people)
        expect((await slack.call("views.open", trigger_id=trigger, view=modal())).error, "")
        again = await slack.call("views.open", trigger_id=trigger, view=modal())
        expect(again.error, "exchanged_trigger_id")


@rule("a trigger_id: 3 seconds, then expired_trigger_id", source=sources.TRIGGERS)
async def test_triggers_end_after_three_seconds(
    slack: Slack, people: People, operator: Operator
) -> None:
    async with slack.socket() as socket:
        young, old = await trigger_of(socket, people), await trigger_of(socket, people)
        operator.ages(2.5)
        expect((await slack.call("views.open", trigger_id=young, view=modal())).error, "")
        operator.ages(0.6)
        answer = await slack.call("views.open", trigger_id=old, view=modal())
        expect(answer.error, "expired_trigger_id")


@rule("a refused modal leaves the trigger_id unused", source=sources.UNREAD)
async def test_a_refusal_costs_no_trigger(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        trigger = await trigger_of(socket, people)
        await slack.call("views.open", trigger_id=trigger, view=modal(*field()))
        expect((await slack.call("views.open", trigger_id=trigger, view=modal())).error, "")


@rule("views in a stack: 3, then push_limit_reached", source=sources.MODALS)
async def test_three_views_are_a_stack(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        await opened(slack, socket, people, PUSHING)
        codes = []
        for _ in range(3):
            act = people.presses_in_modal("deeper")
            payload, _shown = await answered(socket, act, "interactive")
            pushed = await slack.call("views.push", trigger_id=payload["trigger_id"], view=PUSHING)
            codes.append(pushed.error)
        expect(codes, ["", "", "push_limit_reached"])
        expect(len(people.modals()), 3)


@rule("views.push needs an act inside a modal", source=sources.API)
async def test_only_modals_push(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        trigger = await trigger_of(socket, people)
        answer = await slack.call("views.push", trigger_id=trigger, view=modal())
        expect(answer.error, "invalid_trigger_id")


@rule("an old hash: hash_conflict", source=sources.API)
async def test_hashes_prevent_lost_updates(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        view = await opened(slack, socket, people)
        args = {"view_id": view["id"], "hash": view["hash"], "view": modal()}
        expect((await slack.call("views.update", **args)).error, "")
        expect((await slack.call("views.update", **args)).error, "hash_conflict")
        expect((await slack.call("views.update", **args | {"hash": None})).error, "")


@rule("App Home: an old hash: hash_conflict", source=sources.API)
async def test_homes_have_hashes_too(slack: Slack) -> None:
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    first = await slack.call("views.publish", user_id=slack.human, view=view)
    args = {"user_id": slack.human, "view": view, "hash": first.get("view", "hash")}
    expect((await slack.call("views.publish", **args)).error, "")
    expect((await slack.call("views.publish", **args)).error, "hash_conflict")


@rule("a view that is gone: not_found", source=sources.API)
async def test_gone_views_cannot_change(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        view = await opened(slack, socket, people)
        await submitted(socket, people)
        answer = await slack.call("views.update", view_id=view["id"], view=modal())
        expect(answer.error, "not_found")


@rule("an external_id stands once: duplicate_external_id", source=sources.API)
async def test_external_ids_are_unique(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        view = modal(external_id="mine")
        await opened(slack, socket, people, view)
        trigger = await trigger_of(socket, people)
        answer = await slack.call("views.open", trigger_id=trigger, view=view)
        expect(answer.error, "duplicate_external_id")


NEXT = modal(title=plain("Next"))


@pytest.mark.parametrize(
    ("ack", "titles"),
    [
        pytest.param(ack, titles, id=name, marks=rule(text, source=sources.MODALS))
        for name, text, ack, titles in (
            ("empty", "an empty ack of a submission closes the modal", None, []),
            (
                "update",
                "response_action update changes the modal in place",
                {"response_action": "update", "view": NEXT},
                ["Next"],
            ),
            (
                "push",
                "response_action push puts a modal on top",
                {"response_action": "push", "view": NEXT},
                ["Form", "Next"],
            ),
            ("clear", "response_action clear closes them all", {"response_action": "clear"}, []),
        )
    ],
)
async def test_submissions_can_be_answered(
    slack: Slack, people: People, ack: dict[str, Any] | None, titles: list[str]
) -> None:
    async with slack.socket() as socket:
        await opened(slack, socket, people)
        shown = await submitted(socket, people, ack)
        expect(shown.failed, False)
        expect(people.modals(), titles)


@rule("response_action errors puts words under an input and keeps the modal", source=sources.MODALS)
async def test_errors_stand_under_inputs(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        await opened(slack, socket, people)
        ack = {"response_action": "errors", "errors": {"why": "too short"}}
        shown = await submitted(socket, people, ack)
        expect(shown.errors, {"why": "too short"})
        expect(people.modals(), ["Form"])


@rule("response_action errors for a block that is no input is an error", source=sources.MODALS)
async def test_errors_name_inputs_only(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        await opened(slack, socket, people)
        ack = {"response_action": "errors", "errors": {"elsewhere": "no"}}
        expect((await submitted(socket, people, ack)).failed, True)


@rule(
    "a submission that is not acknowledged: an error, and the modal stays",
    source=sources.ACKNOWLEDGE,
)
async def test_unanswered_submissions_stay(
    slack: Slack, people: People, operator: Operator
) -> None:
    async with slack.socket() as socket:
        await opened(slack, socket, people)
        operator.hastens(0.05)
        expect((await people.submits({"why": "because"})).failed, True)
        expect(people.modals(), ["Form"])


@rule("a submission carries what was entered, by block_id and action_id", source=sources.MODALS)
async def test_submissions_carry_values(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        await opened(slack, socket, people, FORM)
        act = people.submits({"why": "because"})
        payload, _shown = await answered(socket, act, "interactive")
        expect(payload["type"], "view_submission")
        state = payload["view"]["state"]["values"]["why"]["i"]
        expect(state, {"type": "plain_text_input", "value": "because"})
