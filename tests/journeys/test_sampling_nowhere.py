"""An answer is in the form it was typed into, on the screens of who may read it, and sealed in
the database; and nowhere else, in no way of writing it down.

A word is typed into a form, and another one in a direct message. Then everything that leaves the
process or is kept is looked through for them: log lines, /metrics, every table (receipts, search
rows, deliveries and all), a backup, and what Slack was told, its metadata and buttons included.
"""

import asyncio
import base64
import json
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot.cli import app
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, texts_in
from tests.journeys.studying import (
    Lab,
    a_lab,
    asked,
    joins,
    presses_in_form,
    reports,
    screen,
    submits,
)

WORD, TYPED, SAID = "Zwetschgenröster", "Kürbiskernöl", "Marillenknödel"


# -- looking for a word ----------------------------------------------------------------------------


def ways(word: str) -> dict[str, bytes]:
    """How a word may be written down, all in small letters where that is how it is looked for."""
    plain = word.encode()
    found = {
        "plain": plain,
        "in capitals": word.upper().encode(),
        "in JSON": json.dumps(word)[1:-1].encode(),
        "in JSON twice": json.dumps(json.dumps(word))[2:-2].strip('\\"').encode(),
        "in a URL": quote(word).encode(),
        "in hex": plain.hex().encode(),
        "in UTF-16": word.encode("utf-16-le"),
        "in Latin-1": word.encode("latin-1"),
    }
    found = {way: each.lower() for way, each in found.items()}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        # Without the characters that also hold bits of whatever stands before and after it.
        start, end = -(-8 * shift // 6), (8 * (shift + len(plain))) // 6
        found[f"in base64, {shift} after"] = whole[start:end]
        found[f"in base64 for URLs, {shift} after"] = whole[start:end].translate(
            bytes.maketrans(b"+/", b"-_")
        )
    return found


def found_in(word: str, text: bytes) -> list[str]:
    """In which ways it is there."""
    small = text.lower()
    return [
        way
        for way, each in ways(word).items()
        if each in (text if way.startswith("in base64") else small)
    ]


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_it_is_found_however_it_is_written(before: str) -> None:
    around = f"{before}{WORD} x"
    for text in (
        around, around.upper(), json.dumps({"a": around}), json.dumps(json.dumps([around])),
        quote(around), around.encode().hex(), base64.b64encode(around.encode()).decode(),
        base64.urlsafe_b64encode(around.encode()).decode(), repr([around]),
    ):  # fmt: skip
        assert found_in(WORD, text.encode()), text
    assert found_in(WORD, around.encode("utf-16-le"))
    assert not found_in(WORD, b"a question about your work")


# -- where it is looked for ------------------------------------------------------------------------


async def places(world: World, folder: Path, caplog: pytest.LogCaptureFixture) -> dict[str, bytes]:
    """Everything that is kept, or was told to anybody but in the forms of those who may read."""
    found = {
        "log": "\n".join(map(str, [*world.log, caplog.text])).encode(),
        "metrics": await _metrics(world),
    }
    found |= await asyncio.to_thread(_tables, world.bot.db.url)
    found |= await asyncio.to_thread(_files, world.bot.db.url)
    found |= await asyncio.to_thread(_backup, world.bot.db.url, folder)
    for number, call in enumerate(world.sandbox.calls):
        told = _hidden(call.args) if call.method in FORMS else call.args
        found[f"call {number}: {call.method}"] = json.dumps(told, ensure_ascii=False).encode()
    return found


FORMS = {"views.open", "views.push", "views.update"}


def _hidden(args: dict[str, Any]) -> Any:
    """What a form carries that nobody reads: what it was opened for, and what its buttons hold."""
    view = args.get("view", {})
    values = [
        each.get("value")
        for block in view.get("blocks", ())
        for each in (*block.get("elements", ()), block.get("accessory") or {})
    ]
    return [view.get("private_metadata"), view.get("callback_id"), view.get("title"), values]


async def _metrics(world: World) -> bytes:
    async with (
        world.lodger.watched() as at,
        aiohttp.ClientSession() as session,
        session.get(f"{at}/metrics") as said,
    ):
        return await said.read()


def _tables(url: sa.URL) -> dict[str, bytes]:
    """Every row of every table, those of full text, too."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            names = sa.inspect(connection).get_table_names()
            return {f"table {each}": b"\n".join(_rows(connection, each)) for each in names}
    finally:
        engine.dispose()


def _rows(connection: sa.Connection, table: str) -> Iterator[bytes]:
    quoted = connection.dialect.identifier_preparer.quote(table)
    for row in connection.exec_driver_sql(f"SELECT * FROM {quoted}"):  # noqa: S608 - our own
        for value in row:
            yield bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def _files(url: sa.URL) -> dict[str, bytes]:
    """The bytes on the disk, of SQLite."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return {}
    path = Path(url.database)
    return {f"file {each.name}": each.read_bytes() for each in path.parent.glob(f"{path.name}*")}


def _backup(url: sa.URL, folder: Path) -> dict[str, bytes]:
    """What `parallax backup` writes: the file, and what is packed in it."""
    path = folder / "all.backup"
    path.unlink(missing_ok=True)
    words = ["backup", str(path), "--database-url", url.render_as_string(hide_password=False)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    with zipfile.ZipFile(path) as archive:
        members = {f"backup {each}": archive.read(each) for each in archive.namelist()}
    return members | {"backup": path.read_bytes()}


async def where(
    word: str, world: World, folder: Path, caplog: pytest.LogCaptureFixture
) -> dict[str, list[str]]:
    found = await places(world, folder, caplog)
    assert len(found) > 60
    return {place: ways for place, text in found.items() if (ways := found_in(word, text))}


# -- the journeys ----------------------------------------------------------------------------------


async def a_full_lab(world: World) -> tuple[Lab, Human, Human]:
    """Five volunteers of whom one wrote the word; who reads, searches for others' and asks to
    quote it, and who codes it."""
    reader, coder = world.person("rita"), world.person("cody")
    lab = await a_lab(world, world.person("olga"), reader=reader, coder=coder)
    author, *others = [world.person(f"vol{place}", zone="Europe/Berlin") for place in range(5)]
    for each in (author, *others):
        await joins(each)
        await reports(each, f"the {WORD} build" if each is author else "nothing of note")
    for each in (lab.owner, reader, coder):
        await each.commands("/sampling study")
        await presses_in_form(each, "I confirm")
    return lab, author, reader


async def is_reviewed(author: Human, reader: Human, coder: Human) -> None:
    """The answer goes wherever an answer goes."""
    await reader.commands("/sampling review build")
    assert WORD in screen(reader)
    await presses_in_form(reader, "Ask for a quote")
    assert await submits(reader, {"words": f"{WORD} build", "place": "the digest"}) == {}
    await coder.commands("/sampling study")
    await presses_in_form(coder, "Code book")
    await submits(coder, {"text": "tools"})
    await coder.commands("/sampling review build")
    await presses_in_form(coder, "Code")
    assert WORD in screen(coder)
    await submits(coder, {"tags": ["tools"]})
    await author.commands("/sampling mine")
    await author.commands("/sampling")
    await author.person.opens_home()
    await author.world.passes(minutes=12 * 60)


@BOTH
async def test_an_answer_is_nowhere(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    lab, author, reader = await a_full_lab(world)
    await is_reviewed(author, reader, world.person("cody"))
    (kept, *_) = await lab.prompts(author)
    assert (await lab.answers(kept))["stuck_text"] == f"the {WORD} build"
    assert any(WORD in each for call in world.sandbox.calls for each in texts_in(call.args))

    assert await where(WORD, world, tmp_path, caplog) == {}


@BOTH
async def test_what_is_typed_to_us_is_nowhere(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Protocol, section 1: it stays in Slack and is not stored; not even with the form open."""
    caplog.set_level(logging.INFO)
    ana = world.person("ana", zone="Europe/Berlin")
    lab = await a_lab(world, world.person("olga"))
    await joins(ana)
    await ana.person.dms(f"before I am asked: {TYPED}")
    await is_asked(ana)
    await ana.presses_on(asked(ana)[-1], "A bit stuck")
    assert ana.person.dm is not None
    line = await ana.says(f"the {TYPED} is slow", place=ana.person.dm)
    assert "stays in Slack" in ana.told()
    await ana.presses("Put it into the form")
    assert TYPED in str(ana.person.modal)
    await ana.edits(line, f"the {TYPED} is very slow")
    await ana.deletes(line)
    await world.passes(minutes=90)

    assert await where(TYPED, world, tmp_path, caplog) == {}
    (tapped,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
    assert await lab.answers(tapped) == {"stuck": "2"}


async def is_asked(human: Human) -> None:
    for _ in range(12 * 12):
        await human.world.passes(minutes=5)
        if asked(human):
            return
    raise AssertionError("nobody was asked")


@BOTH
async def test_what_is_said_in_an_incident_is_found_by_the_same_search(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the others would prove nothing."""
    alice = world.person("alice")
    await alice.declares(f"the {SAID} is slow")
    await alice.says(f"note: the {SAID} is very slow")

    found = await where(SAID, world, tmp_path, caplog)

    kinds = {place.partition(" ")[0] for place in found}
    assert {"table", "backup", "call"} <= kinds
    assert {"table entries", "backup tables/entries.jsonl"} <= found.keys()
    if world.bot.db.is_sqlite:
        assert {"table search_words", "file parallax.db-wal"} <= found.keys()
