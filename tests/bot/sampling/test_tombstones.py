"""The file of who was erased: added to, never changed, and read whatever a crash left."""

import stat
from pathlib import Path

import pytest

from bot.sampling.tombstones import Tombstones, WrongTombstones

ONE, TWO, THREE = ("1" * 64, "2" * 64, "3" * 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stones"


class TestTheFile:
    def test_is_empty_where_there_is_none(self, path: Path) -> None:
        assert Tombstones(path).read() == frozenset()
        assert Tombstones(path).add([]) == 0
        assert not path.exists()

    def test_keeps_each_once_and_is_its_owners_alone(self, path: Path) -> None:
        assert Tombstones(path).add([TWO, ONE]) == 2
        assert Tombstones(path).add([ONE, THREE]) == 1

        assert path.read_text() == f"{ONE}\n{TWO}\n{THREE}\n"
        assert Tombstones(path).read() == {ONE, TWO, THREE}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_line_that_was_cut_short_is_passed_over_and_written_again(self, path: Path) -> None:
        path.write_text(f"{ONE}\n{TWO[:20]}")

        assert Tombstones(path).read() == {ONE}
        assert Tombstones(path).add([TWO]) == 1
        assert Tombstones(path).read() == {ONE, TWO}
        assert path.read_text() == f"{ONE}\n{TWO[:20]}\n{TWO}\n"

    @pytest.mark.parametrize("text", ["<html>\n</html>\n", "\x80"])
    def test_another_file_is_refused(self, path: Path, text: str) -> None:
        path.write_text(text, "latin-1")

        with pytest.raises(WrongTombstones):
            Tombstones(path).read()

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(WrongTombstones, match="no/stones cannot be written: No such file"):
            Tombstones(tmp_path / "no" / "stones").add([ONE])

    def test_without_a_path_nothing_is_kept(self) -> None:
        assert Tombstones(None).add([ONE]) == 0
        assert Tombstones(None).read() == frozenset()
