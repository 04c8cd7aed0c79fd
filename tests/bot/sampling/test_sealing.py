"""What is sealed opens where it was sealed, with its key, and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SeededDraws
from bot.errors import Refusal
from bot.sampling.sealing import (
    BrokenSeal,
    DataKey,
    NotSetUp,
    Purpose,
    Vault,
    WrongKey,
    new_key,
    parse_key,
)

KEY = bytes(range(32))
TOKEN = SeededDraws(7).token


def content(vault: Vault | None = None, study: str = "S1") -> DataKey:
    return (vault or Vault(KEY)).new_key(study, Purpose.CONTENT, SeededDraws(1).token)


class TestSealing:
    @given(st.text())
    def test_what_goes_in_comes_out(self, text: str) -> None:
        key = content()

        assert key.open("r", "f", key.seal("r", "f", text)) == text

    def test_twice_gives_the_same_bytes(self) -> None:
        assert content().seal("r", "f", "x") == content().seal("r", "f", "x")

    @pytest.mark.parametrize("place", [("r2", "f"), ("r", "f2"), ("rf", "")])
    def test_moved_to_another_place_it_does_not_open(self, place: tuple[str, str]) -> None:
        key = content()

        with pytest.raises(BrokenSeal):
            key.open(*place, key.seal("r", "f", "x"))

    def test_the_same_row_of_another_study_does_not_open_it(self) -> None:
        # With the very same secret: the study is part of what is sealed.
        with pytest.raises(BrokenSeal):
            content(study="S2").open("r", "f", content().seal("r", "f", "x"))

    @pytest.mark.parametrize("changed", ["", "x", "s1.", "s1.AAAA", "s2.AAAA", "s1.é"])
    def test_what_is_no_sealed_value_is_refused(self, changed: str) -> None:
        with pytest.raises(BrokenSeal):
            content().open("r", "f", changed)

    def test_a_bit_that_turned_is_noticed(self) -> None:
        sealed = bytearray(base64.urlsafe_b64decode(content().seal("r", "f", "x")[3:] + "=="))
        sealed[20] ^= 1

        with pytest.raises(BrokenSeal):
            content().open("r", "f", "s1." + base64.urlsafe_b64encode(sealed).decode())

    def test_short_answers_are_of_one_length(self) -> None:
        lengths = {len(content().seal("r", "f", each)) for each in ("", "1", "meeting", "x" * 31)}

        assert len(lengths) == 1

    def test_nothing_of_the_text_is_in_it(self) -> None:
        assert "deploy" not in content().seal("r", "f", "deploy deploy deploy")


class TestHashes:
    def test_are_the_same_for_the_same_and_only_with_the_same_key(self) -> None:
        identity = Vault(KEY).new_key("S1", Purpose.IDENTITY, SeededDraws(2).token)

        assert content().hash("T1", "U1") == content().hash("T1", "U1")
        assert content().hash("T1", "U1") != identity.hash("T1", "U1")

    def test_parts_do_not_run_into_each_other(self) -> None:
        assert content().hash("T1", "U1") != content().hash("T1U", "1")

    def test_a_tombstone_is_the_operators_key_alone(self) -> None:
        assert Vault(KEY).tombstone("S1", "vabcde") == Vault(KEY).tombstone("S1", "vabcde")
        assert Vault(KEY).tombstone("S1", "vabcde") != Vault(bytes(32)).tombstone("S1", "vabcde")


class TestKeysOfAStudy:
    def test_are_kept_wrapped_and_opened_again(self) -> None:
        made = content()

        again = Vault(KEY).key("S1", Purpose.CONTENT, made.kept)

        assert again.open("r", "f", made.seal("r", "f", "x")) == "x"

    def test_do_not_open_as_that_of_another_study_or_purpose(self) -> None:
        made, vault = content(), Vault(KEY)
        vault.key("S1", Purpose.CONTENT, made.kept)

        for study, purpose in (("S2", Purpose.CONTENT), ("S1", Purpose.IDENTITY)):
            with pytest.raises(WrongKey):
                vault.key(study, purpose, made.kept)

    def test_another_operators_key_is_told_what_to_do(self) -> None:
        with pytest.raises(WrongKey, match=r"PARALLAX_STUDY_KEY is not the key .* Set the one"):
            Vault(bytes(32)).key("S1", Purpose.CONTENT, content().kept)

    def test_two_are_never_alike(self) -> None:
        vault, draws = Vault(KEY), SeededDraws(3)
        made = [vault.new_key("S1", Purpose.CONTENT, draws.token) for _ in range(3)]

        assert len({each.seal("r", "f", "x") for each in made}) == 3


class TestWithoutAKey:
    def test_everything_is_refused_to_the_person(self) -> None:
        vault = Vault()

        assert not vault.ready
        for use in (
            lambda: vault.new_key("S1", Purpose.CONTENT, TOKEN),
            lambda: vault.key("S1", Purpose.CONTENT, content().kept),
            lambda: vault.tombstone("S1", "vabcde"),
            lambda: vault.name("p1"),
        ):
            with pytest.raises(NotSetUp, match="operator sets PARALLAX_STUDY_KEY") as refused:
                use()
            assert isinstance(refused.value, Refusal)


class TestTheOperatorsKey:
    def test_a_new_one_can_be_set(self) -> None:
        first, second = new_key(TOKEN), new_key(TOKEN)

        assert len(parse_key(first)) == 32
        assert first != second

    @pytest.mark.parametrize("typed", [KEY.hex(), f" {KEY.hex().upper()}\n"])
    def test_hex_is_taken_as_well(self, typed: str) -> None:
        assert parse_key(typed) == KEY

    @pytest.mark.parametrize("typed", ["", "secret", "ab" * 31, "g" * 64, "A" * 42, "é" * 43])
    def test_what_is_none_is_refused_and_not_repeated(self, typed: str) -> None:
        with pytest.raises(WrongKey, match="32 bytes as base64url or hex") as refused:
            parse_key(typed)
        assert not typed or typed not in str(refused.value)

    def test_of_another_length_is_refused(self) -> None:
        with pytest.raises(WrongKey):
            Vault(b"short")
