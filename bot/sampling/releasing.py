"""Publishing: figures and themes of closed weeks, for everybody, by the rules of disclosure.

The owner presses, week by week; what was published stays as it is. Nobody sees a figure that is not
published, the owner included.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from bot.errors import Refusal
from bot.sampling import disclosure
from bot.sampling.disclosure import Figure, Known, Release, Said, Scope, Withheld
from bot.sampling.export import OnePerson, is_over, items_of
from bot.sampling.export_codebook import missing_codes
from bot.sampling.exporting import AT_ONCE, one_person
from bot.sampling.model import (
    Item,
    ItemKind,
    Outcome,
    Prompt,
    Protocol,
    Role,
    Study,
    StudyState,
    Trigger,
    Volunteer,
)
from bot.sampling.reading import versions_of
from bot.sampling.releasing_shown import THEME, THEMES, WHOLE, Choices, Published
from bot.sampling.review_ports import TOGETHER, Coding, TextKey, Tx
from bot.sampling.reviewing_desk import ReviewDesk, access, check_open
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)


@dataclass(slots=True)
class Gathered:
    """What a study's volunteers said to one question. tags: of (week, tag), who gave it."""

    said: list[Said] = field(default_factory=list)
    unanswered: Counter[int] = field(default_factory=Counter)
    themes: dict[int, set[tuple[str, str]]] = field(default_factory=dict)


class Releasing(ReviewDesk[TxT]):
    """Figures and themes for everybody."""

    async def choices(self, request: Request, study_id: str) -> Choices:
        """What the owner may choose to publish. Raises Refusal where no week is over yet."""
        study, versions = await self._look(request, _owners(request, study_id))
        weeks = disclosure.closed_weeks(_began(study), request.at)
        if not weeks:
            raise Refusal("No week of this study is over yet. Nothing was published.")
        asked = tuple(each for each in items_of(versions) if each.kind is not ItemKind.TEXT)
        return Choices(study, asked, weeks, _is_over(study))

    async def publish(self, request: Request, study_id: str, question: str, week: int) -> Release:
        """Publish a question's shares in a closed week, or in all of them (week 0) after the end;
        what was published, if it was. Raises Refusal with the reason where it may not be shown."""
        study, versions = await self._look(request, _owners(request, study_id))
        item = _question(versions, question)
        gathered = await self._gather(request, study, versions, item)
        closed = disclosure.closed_weeks(_began(study), request.at)
        scope = Scope(question, 1, closed) if week == WHOLE else Scope(question, week, week)
        known = Known(
            closed,
            _is_over(study),
            tuple(e.value for e in item.options if e.value not in missing_codes(item)),
            tuple(each for each in gathered.said if each.week <= closed),
            gathered.unanswered,
        )

        def work(tx: TxT) -> Release:
            owned = access(tx, request, study_id, Role.OWNER, lock=True).study
            past = tx.review.releases(owned, question)
            try:
                made = disclosure.release(scope, known, past, request.at, self._draws)
            except Withheld as error:
                raise Refusal(f"{error} Nothing was published.") from error
            _check_there(tx, owned, made, past)
            tx.review.put_release(owned, made)
            return made

        return await self._run(request, work)

    async def publish_themes(self, request: Request, study_id: str, week: int) -> tuple[str, ...]:
        """Publish the themes of a closed week, once: tags of at least five people's texts."""
        study, versions = await self._look(request, _owners(request, study_id))
        if not 1 <= week <= disclosure.closed_weeks(_began(study), request.at):
            raise Refusal("That week is not over yet. Nothing was published.")
        gathered = await self._gather(request, study, versions, None)
        given = gathered.themes.get(week, set())
        found = disclosure.themes(given)

        def work(tx: TxT) -> tuple[str, ...]:
            owned = access(tx, request, study_id, Role.OWNER, lock=True).study
            scope = Scope(THEMES, week, week)
            if not any(each.scope == scope for each in tx.review.releases(owned, THEMES)):
                tx.review.put_release(owned, _empty(scope, frozenset(), request.at))
                for tag in found:
                    people = frozenset(who for who, each in given if each == tag)
                    made = _empty(Scope(f"{THEME}{tag}", week, week), people, request.at)
                    _check_there(tx, owned, made, ())
                    tx.review.put_release(owned, made)
            return _themes(tx.review.releases(owned), week)

        return await self._run(request, work)

    async def published(self, workspace: str, study_id: str) -> tuple[Published, ...]:
        """Every figure that may be shown to everybody, by question and week."""

        def look(tx: TxT) -> tuple[Published, ...]:
            study = tx.studies.study(workspace, study_id) if tx.studies.ready() else None
            if study is None:
                return ()
            items = {each.name: each for each in items_of(versions_of(tx, study))}
            found = [e for e in tx.review.releases(study) if e.figure.shares and not e.withdrawn]
            return tuple(Published(e.figure, items[e.scope.question]) for e in found)

        return await self._db.read(look)

    async def themes(self, workspace: str, study_id: str, week: int) -> tuple[str, ...]:
        """The published themes of a week."""

        def look(tx: TxT) -> tuple[str, ...]:
            study = tx.studies.study(workspace, study_id) if tx.studies.ready() else None
            return () if study is None else _themes(tx.review.releases(study), week)

        return await self._db.read(look)

    async def _gather(
        self, request: Request, study: Study, versions: Sequence[Protocol], item: Item | None
    ) -> Gathered:
        found, after = Gathered(), ""
        while page := await self._db.read(_volunteers(study, after)):
            after = page[-1].pseudonym
            for one, codings in await self._db.read(_all_of(study, page)):
                add(found, one, codings, study, versions, item, request.at)
        return found


def add(
    found: Gathered,
    one: OnePerson,
    codings: Iterable[Coding],
    study: Study,
    versions: Sequence[Protocol],
    item: Item | None,
    now: datetime,
) -> None:
    """Add a volunteer's. A late answer is in no figure; it might come after its week was shown."""
    began = _began(study)
    weeks = {each.id: disclosure.week_of(each.date, began) for each in one.prompts}
    for each in codings:
        week = weeks.get(each.text.prompt)
        if week is not None:
            found.themes.setdefault(week, set()).update((one.pseudonym, t) for t in each.tags)
    if item is None:
        return
    given = {each.prompt: each.value for each in one.answers if each.item == item.name}
    missing = missing_codes(item)
    for prompt in one.prompts:
        if prompt.trigger is not Trigger.SIGNAL or not is_over(prompt, now):
            continue
        value = given.get(prompt.id) if prompt.valid else None
        if value is not None and value not in missing:
            found.said.append(Said(one.pseudonym, weeks[prompt.id], value))
        elif value is None and _could(prompt, item, versions):
            found.unanswered[weeks[prompt.id]] += 1


def _could(prompt: Prompt, item: Item, versions: Sequence[Protocol]) -> bool:
    """Whether a planned prompt without an answer might have brought one."""
    if prompt.outcome is Outcome.CANCELLED:
        return False
    protocol = next((e for e in versions if e.version == prompt.version), None)
    if protocol is None or item.name == protocol.first.name:
        return protocol is not None
    if prompt.outcome is Outcome.COMPLETE:
        return item.name in prompt.shown
    rotating = [each.name for each in protocol.rotate]
    if item.name in rotating and prompt.rotated is not None:
        places = range(prompt.rotated, prompt.rotated + protocol.rotate_show)
        return rotating.index(item.name) in {each % len(rotating) for each in places}
    return item.name in {each.name for each in protocol.items}


def _volunteers(study: Study, after: str) -> Callable[[Tx], tuple[Volunteer, ...]]:
    return lambda tx: tx.volunteers.volunteers(study, after, AT_ONCE)


def _all_of(
    study: Study, page: Iterable[Volunteer]
) -> Callable[[Tx], list[tuple[OnePerson, list[Coding]]]]:
    def look(tx: Tx) -> list[tuple[OnePerson, list[Coding]]]:
        found = (one_person(tx, study, each.pseudonym) for each in page)
        return [_with_codings(tx, study, one) for one in found if one is not None]

    return look


def _with_codings(tx: Tx, study: Study, one: OnePerson) -> tuple[OnePerson, list[Coding]]:
    texts = [TextKey(each.prompt, each.item) for each in one.answers if each.is_text]
    return one, agreed(tx.review.codings(study, texts))


def agreed(codings: Iterable[Coding]) -> list[Coding]:
    """One coding for each text: what two settled on; else what all who coded it gave alike."""
    by_text: dict[TextKey, dict[str, Coding]] = {}
    for each in codings:
        by_text.setdefault(each.text, {})[each.coder] = each
    found = []
    for by in by_text.values():
        if TOGETHER in by:
            found.append(by[TOGETHER])
            continue
        first, *rest = by.values()
        common = set(first.tags).intersection(*(each.tags for each in rest))
        kept = tuple(each for each in first.tags if each in common)
        found.append(Coding(first.text, first.pseudonym, "", first.version, kept, first.at))
    return found


def _owners(request: Request, study_id: str) -> Callable[[Tx], tuple[Study, tuple[Protocol, ...]]]:
    def look(tx: Tx) -> tuple[Study, tuple[Protocol, ...]]:
        study = access(tx, request, study_id, Role.OWNER).study
        check_open(tx, study)
        return study, versions_of(tx, study)

    return look


def _question(versions: Sequence[Protocol], name: str) -> Item:
    for each in items_of(versions):
        if each.name == name and each.kind is not ItemKind.TEXT:
            return each
    raise Refusal(f"There is no question '{name}' with choices in this study.", given_back=name)


def _is_over(study: Study) -> bool:
    return study.state in {StudyState.STOPPED, StudyState.REVEALED}


def _began(study: Study) -> date:
    return (study.started_at or study.locked_at).date()


def _check_there(tx: Tx, study: Study, made: Release, past: Iterable[Release]) -> None:
    """Whoever was erased while the figure was computed must not be in it."""
    if made in past:
        return
    if any(tx.volunteers.volunteer(study, each) is None for each in made.people):
        raise Refusal("Somebody's answers were just erased. Press again.")


def _empty(scope: Scope, people: frozenset[str], at: datetime) -> Release:
    return Release(Figure(scope, 0, True, ()), people, at)


def _themes(releases: Iterable[Release], week: int) -> tuple[str, ...]:
    return tuple(
        each.scope.question.removeprefix(THEME)
        for each in releases
        if each.scope.question.startswith(THEME) and each.scope.first == week and not each.withdrawn
    )
