"""`parallax study` on the database: a study's life, run by whoever runs Parallax.

Who holds a role is named by member ID (U…), and attests in Slack. Nothing here shows who takes
part, or a time that is still to come.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bot.cli_sealed import on_database
from bot.clock import SystemClock, SystemDraws
from bot.errors import ParallaxError, Refusal
from bot.sampling.audit import Audit
from bot.sampling.model import Role, Study, StudyState
from bot.sampling.plan_file import write_proof
from bot.sampling.protocol import BadStudyError, load_study
from bot.sampling.sealing import new_key
from bot.sampling.studies import Named, Studies
from bot.starting import CannotStart
from storage.tx import Tx

WRONG_INPUT = 2
Url = Annotated[
    str | None, typer.Option(envvar="PARALLAX_DATABASE_URL", help="the database; SQLite if none")
]
Where = Annotated[str, typer.Option("--workspace", help="which one, by ID (T…); if there are more")]
AsJson = Annotated[bool, typer.Option("--json", help="for machines")]
Name = Annotated[str, typer.Argument(help="the study's id, as its file has it")]
StudyFile = Annotated[Path, typer.Argument(help="the study's file (TOML)")]
People = Annotated[list[str] | None, typer.Option(help="member ID (U…); more than once for more")]

T = TypeVar("T")
Work = Callable[[Studies[Tx], str], Awaitable[T]]


def key() -> None:
    """Print a new PARALLAX_STUDY_KEY. Keep it apart from the database and its backups."""
    typer.echo(new_key(SystemDraws().token))


def lock(
    file: StudyFile,
    owner: Annotated[str, typer.Option(help="who leads the study: a member ID (U…)")],
    coder: People = None,
    reader: People = None,
    analyst: People = None,
    workspace: Where = "",
    database_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Fix what is asked and when, and publish what commits to the plan."""
    people = [Named(owner, Role.OWNER)]
    for role, given in ((Role.CODER, coder), (Role.READER, reader), (Role.ANALYST, analyst)):
        people += [Named(each, role) for each in given or ()]
    now = SystemClock().now()
    with _told():
        protocol = load_study(file)
        made = _run(database_url, workspace, lambda s, w: s.lock(w, protocol, people, now))
    _show(made, as_json=as_json)
    if not as_json:
        count = len({each.person for each in people})
        who = "The one person named" if count == 1 else f"Each of the {count} people named"
        typer.echo(f"{who} now attests in Slack; then `start`.")


def start(
    name: Name, workspace: Where = "", database_url: Url = None, as_json: AsJson = False
) -> None:
    """Let people join a locked study."""
    now = SystemClock().now()
    with _told():
        made = _run(database_url, workspace, lambda s, w: s.start(w, name, now))
    _show(made, as_json=as_json)


def amend(
    file: StudyFile, workspace: Where = "", database_url: Url = None, as_json: AsJson = False
) -> None:
    """Lock a changed file as the study's next version, from the first date not yet planned."""
    now = SystemClock().now()
    with _told():
        protocol = load_study(file)
        done = _run(database_url, workspace, lambda s, w: s.amend(w, protocol, now))
    _show(done.study, as_json=as_json, asked_again=list(done.parts))
    if not as_json and done.parts:
        changed = ", ".join(done.parts)
        typer.echo(f"Changed: {changed}. Volunteers are asked to agree, and paused until they do.")


def stop(
    name: Name, workspace: Where = "", database_url: Url = None, as_json: AsJson = False
) -> None:
    """Ask nothing more. What has no outcome yet is cancelled."""
    now = SystemClock().now()
    with _told():
        made = _run(database_url, workspace, lambda s, w: s.stop(w, name, now))
    _show(made, as_json=as_json)


def reveal(
    name: Name,
    record: Annotated[
        Path | None, typer.Option(help="write the proof here, a new file, for `replay-schedule`")
    ] = None,
    workspace: Where = "",
    database_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Publish the secret of the plan, once its last prompt is over. It cannot be taken back."""
    now = SystemClock().now()
    with _told(), _reserved(record):
        made = _run(database_url, workspace, lambda s, w: s.reveal(w, name, now))
        _show(made, as_json=as_json, secret=made.secret.hex())
        if record is not None:
            found = _run(database_url, workspace, lambda s, w: s.proof(w, name))
            _write(record, write_proof(found.file), name)


def appoint(
    name: Name,
    role: Annotated[Role, typer.Option(help="what they may do")],
    person: Annotated[str, typer.Option(help="a member ID (U…)")],
    remove: Annotated[bool, typer.Option("--remove", help="take the role away")] = False,
    workspace: Where = "",
    database_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a role. In a study that runs, volunteers are asked to agree to it first."""
    now, named = SystemClock().now(), Named(person, role)

    async def change(studies: Studies[Tx], where: str) -> Study:
        if remove:
            await studies.remove(where, name, named, now)
            return await studies.named(where, name)
        return await studies.appoint(where, name, named, now)

    with _told():
        made = _run(database_url, workspace, change)
    _show(made, as_json=as_json)
    if not as_json:
        typer.echo(_asked(made, person, removed=remove))


def _asked(study: Study, person: str, *, removed: bool) -> str:
    """Who has something to do now that a role was given or taken."""
    if removed:
        return "The role is taken away. Nobody is asked again."
    if study.state is StudyState.RUNNING:
        again = "Everybody who takes part is asked to agree again, and paused until they do."
    else:
        again = f"The study is {study.state}, so nobody is asked to agree again."
    return f"{again} {person} attests in Slack."


def status(workspace: Where = "", database_url: Url = None, as_json: AsJson = False) -> None:
    """Every study, with the newest head of its chain of planned days."""

    async def all_of(studies: Studies[Tx], where: str) -> tuple[Study, ...]:
        return await studies.all(where)

    with _told():
        found = _run(database_url, workspace, all_of)
    if as_json:
        typer.echo(json.dumps([_plain(each) for each in found], indent=1))
        return
    for each in found:
        _show(each, as_json=False)
    if not found:
        typer.echo("There is no study here.")


def self_check(
    name: Name, workspace: Where = "", database_url: Url = None, as_json: AsJson = False
) -> None:
    """Plan every day again and look at every prompt: what is not as it was promised."""

    async def check(studies: Studies[Tx], where: str) -> Audit:
        return await studies.check(where, name, SystemClock().now())

    with _told():
        found = _run(database_url, workspace, check)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1, default=str))
    else:
        lag = (
            f"{found.lag.p50:.0f}, {found.lag.p99:.0f}, {found.lag.most:.0f}" if found.lag else "-"
        )
        typer.echo(f"{found.days} days, {found.prompts} prompts; lag p50, p99, most: {lag} s")
        for each in found.wrong:
            typer.echo(f"wrong: {each.where}: {each.what}")
        if found.is_well:
            typer.echo("All of it is as promised.")
    raise typer.Exit(0 if found.is_well else 1)


COMMANDS = (key, lock, start, amend, stop, reveal, appoint, status, self_check)


def _run(given: str | None, workspace: str, work: Work[T]) -> T:
    return on_database(given, workspace, lambda db, draws, where: work(Studies(db, draws), where))


def _show(study: Study, *, as_json: bool, **more: Any) -> None:
    plain = _plain(study) | more
    if as_json:
        typer.echo(json.dumps(plain, indent=1))
        return
    for name, value in plain.items():
        if value not in ("", [], None):
            typer.echo(f"{name:<12} {value}")


def _plain(study: Study) -> dict[str, Any]:
    """What anybody may know of a study."""
    times = {"locked": study.locked_at, "started": study.started_at, "stopped": study.stopped_at}
    return {
        "study": study.name,
        "version": study.protocol.version,
        "state": study.state.value,
        "study_hash": study.protocol.digest,
        "commitment": study.commitment,
        "head": study.head,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


@contextmanager
def _reserved(path: Path | None) -> Iterator[None]:
    """Make the file, empty, before what cannot be taken back; gone again if that fails."""
    if path is None:
        yield
        return
    try:
        path.open("x").close()
    except FileExistsError as error:
        raise Refusal(
            f"{path} is there already; choose another name for --record. Nothing was done."
        ) from error
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror}. Nothing was done.") from error
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(path: Path, text: str, name: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Refusal(
            f"The secret of '{name}' is revealed, but {path} cannot be written:"
            f" {error.strerror}. The same command with another --record writes the proof."
        ) from error


@contextmanager
def _told() -> Iterator[None]:
    """What was refused on purpose is said in a line or a few, and is no crash."""
    try:
        yield
    except BadStudyError as error:
        typer.echo("\n".join(error.lines), err=True)
        raise typer.Exit(WRONG_INPUT) from error
    except ParallaxError as error:
        typer.echo(str(error), err=True)
        code = error.code if isinstance(error, CannotStart) else WRONG_INPUT
        raise typer.Exit(code) from error
