"""Tables of teams: user groups with their people, and who would look with fresh eyes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa

from bot.incidents.model import Incident
from bot.workspace.model import Person
from bot.workspace.teams import FreshEyes, Hours, Team, Willing, missing
from bot.workspace.teams import fresh_eyes as rule
from storage.activity import incident_activity
from storage.members import incident_members
from storage.types import UtcTime, metadata, upsert
from storage.workspace import people

teams = sa.Table(
    "teams",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)
team_people = sa.Table(
    "team_people",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
)
fresh_eyes = sa.Table(
    "fresh_eyes",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("begins", sa.Text, nullable=False),
    sa.Column("ends", sa.Text, nullable=False),
    sa.Column("days", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime),
)


class TeamTables:
    """See `bot.workspace.teams.TeamStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def keep(self, workspace: str, teams: Iterable[Team]) -> None:
        kept = [*teams]
        known = {each.id for each in self.teams(workspace)}
        for gone in known - {each.id for each in kept}:
            self.drop(workspace, gone)
        for each in kept:
            self.put(workspace, each)

    def put(self, workspace: str, team: Team, *, whole: bool = True) -> None:
        self._upsert(teams, {"workspace": workspace, "id": team.id, "name": team.name})
        if whole:
            here = self._people_of(workspace, team.id)
            self._went(workspace, team.id, here - team.people)
        self._came(workspace, team.id, team.people)

    def drop(self, workspace: str, team: str) -> None:
        t, p = teams, team_people
        self._connection.execute(sa.delete(p).where(p.c.workspace == workspace, p.c.team == team))
        self._connection.execute(sa.delete(t).where(t.c.workspace == workspace, t.c.id == team))

    def moved(
        self, workspace: str, team: str, came: Collection[str], went: Collection[str]
    ) -> None:
        t = teams
        known = sa.select(t.c.id).where(t.c.workspace == workspace, t.c.id == team)
        # Of a team we never heard of we do not know the name; the next look finds it whole.
        if self._connection.execute(known).first() is None:
            return
        self._came(workspace, team, came)
        self._went(workspace, team, went)

    def teams(self, workspace: str) -> tuple[Team, ...]:
        t, p = teams, team_people
        people: dict[str, set[str]] = defaultdict(set)
        for row in self._connection.execute(sa.select(p).where(p.c.workspace == workspace)):
            people[row.team].add(row.person)
        rows = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace).order_by(t.c.name, t.c.id)
        )
        return tuple(Team(row.id, row.name, frozenset(people[row.id])) for row in rows)

    def teams_of(self, workspace: str, person: str) -> tuple[str, ...]:
        t, p = teams, team_people
        same = sa.and_(p.c.workspace == t.c.workspace, p.c.team == t.c.id)
        return tuple(
            self._connection.execute(
                sa.select(t.c.name)
                .select_from(t.join(p, same))
                .where(p.c.workspace == workspace, p.c.person == person)
                .order_by(t.c.name, t.c.id)
            ).scalars()
        )

    def willing(self, workspace: str) -> tuple[Willing, ...]:
        t = fresh_eyes
        rows = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace).order_by(t.c.person)
        )
        return tuple(_willing(row) for row in rows)

    def is_willing(self, workspace: str, person: str) -> Willing | None:
        t = fresh_eyes
        row = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace, t.c.person == person)
        ).one_or_none()
        return None if row is None else _willing(row)

    def put_willing(self, workspace: str, willing: Willing) -> None:
        hours = willing.hours
        row = {
            "workspace": workspace,
            "person": willing.person,
            "begins": f"{hours.begins:%H:%M}",
            "ends": f"{hours.ends:%H:%M}",
            "days": "".join(map(str, hours.days)),
            "asked_at": willing.asked_at,
        }
        self._upsert(fresh_eyes, row)

    def unwilling(self, workspace: str, person: str) -> None:
        t = fresh_eyes
        self._connection.execute(
            sa.delete(t).where(t.c.workspace == workspace, t.c.person == person)
        )

    def asked(self, workspace: str, person: str, now: datetime) -> None:
        t = fresh_eyes
        self._connection.execute(
            sa.update(t)
            .where(t.c.workspace == workspace, t.c.person == person)
            .values(asked_at=now)
        )

    # -- who is in a team ----------------------------------------------------------------------

    def _people_of(self, workspace: str, team: str) -> frozenset[str]:
        p = team_people
        rows = self._connection.execute(
            sa.select(p.c.person).where(p.c.workspace == workspace, p.c.team == team)
        )
        return frozenset(rows.scalars())

    def _came(self, workspace: str, team: str, people: Collection[str]) -> None:
        rows = [
            {"workspace": workspace, "team": team, "person": person} for person in sorted(people)
        ]
        if rows:
            insert = upsert(self._connection.dialect.name, team_people)
            self._connection.execute(insert.on_conflict_do_nothing(), rows)

    def _went(self, workspace: str, team: str, people: Collection[str]) -> None:
        p = team_people
        if people:
            self._connection.execute(
                sa.delete(p).where(
                    p.c.workspace == workspace, p.c.team == team, p.c.person.in_(sorted(people))
                )
            )

    def _upsert(self, table: sa.Table, values: dict[str, Any]) -> None:
        key = [column.name for column in table.primary_key]
        insert = upsert(self._connection.dialect.name, table).values(values)
        changed = {name: insert.excluded[name] for name in values if name not in key}
        self._connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed))


class FreshEyesTable:
    """See `bot.incidents.nudges_model.TeamStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._groups = TeamTables(connection)

    def fresh_eyes(self, workspace: str, now: datetime, incident: Incident) -> tuple[str, ...]:
        return tuple(each.person for each in self._able(workspace, now, incident))

    def absent(self, incident: Incident) -> tuple[str, ...]:
        """Whatever the hour: a card that is shown again later names the same."""
        here, groups = self._here(incident), self._groups.teams(incident.workspace)
        able = self._listed(incident.workspace)
        of_able = [
            FreshEyes(p.id, tuple(t.name for t in groups if p.id in t.people)) for p, _ in able
        ]
        return missing(groups, here, of_able)

    def _able(self, workspace: str, now: datetime, incident: Incident) -> tuple[FreshEyes, ...]:
        # To whom it does not exist, nobody tells of it.
        if incident.private or incident.workspace != workspace:
            return ()
        groups = self._groups.teams(workspace)
        return rule(self._listed(workspace), groups, self._here(incident), now)

    def _listed(self, workspace: str) -> list[tuple[Person, Willing]]:
        p, f = people, fresh_eyes
        same = sa.and_(f.c.workspace == p.c.workspace, f.c.person == p.c.id)
        rows = self._connection.execute(
            sa.select(p, f.c.person, f.c.begins, f.c.ends, f.c.days, f.c.asked_at)
            .select_from(p.join(f, same))
            .where(p.c.workspace == workspace)
            .order_by(p.c.id)
        )
        names = [column.name for column in p.columns]
        return [(Person(**{n: getattr(row, n) for n in names}), _willing(row)) for row in rows]

    def _here(self, incident: Incident) -> frozenset[str]:
        """Who is in the channel, or did something there."""
        m, a = incident_members, incident_activity
        there = sa.select(m.c.person).where(m.c.incident == incident.id, m.c.left_at.is_(None))
        active = sa.select(a.c.person).where(a.c.incident == incident.id)
        found = self._connection.execute(sa.union(there, active)).scalars()
        return frozenset((*found, incident.commander))


def _willing(row: Any) -> Willing:
    days = tuple(int(each) for each in row.days if each.isdecimal())
    hours = Hours(_time(row.begins), _time(row.ends), days)
    return Willing(row.person, hours, row.asked_at)


def _time(text: str) -> time:
    return time.fromisoformat(text)
