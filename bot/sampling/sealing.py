"""Sealing: what a copy of the database must not show is encrypted with a key that is not in it.

The operator's key, PARALLAX_STUDY_KEY, seals no data. It wraps two random keys of each study, which
are rows of the database: one for *identity* (who a volunteer is, where our messages to them are),
one for *content* (what they wrote, when, why not). Whoever deletes the row of a key has destroyed
what it sealed, in every copy made from then on; and identity goes long before content.

Sealing is deterministic (AES-SIV, RFC 5297): a transaction that runs twice writes the same bytes,
and no counter or nonce can be used twice. Each value is bound to its study, row and field, so that
one moved to another place does not open. The length is rounded up.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import ParallaxError, Refusal

KEY_BYTES = 32
SIV_BYTES = 64  # AES-256: half of it authenticates
HASH_BYTES = 16  # enough that two volunteers never share one
BLOCK = 32
SEALED = "s1."  # so that a later format can be told apart
SETTING = "PARALLAX_STUDY_KEY"
NOT_SET_UP = f"Sampling is not set up here: the operator sets {SETTING}."
REMEMBERED = 1000


class NotSetUp(Refusal):
    """There is no key, so nothing can be sealed or opened."""

    def __init__(self) -> None:
        super().__init__(NOT_SET_UP)


class WrongKey(ParallaxError):
    """The key is none, or not the one that the studies here were made with; says what to do."""


class BrokenSeal(ParallaxError):
    """A sealed value was changed, or moved here from another place."""


class Purpose(StrEnum):
    """What a study's two keys are for."""

    IDENTITY = "identity"
    CONTENT = "content"


class DataKey:
    """One key of one study: seals and opens, and hashes what must be found again."""

    __slots__ = ("_hashing", "_siv", "_study", "kept")

    def __init__(self, study: str, kept: str, secret: bytes) -> None:
        self.kept = kept  # the key as it stands in the database, wrapped
        self._study = study
        self._siv = AESSIV(derived(secret, "seal", SIV_BYTES))
        self._hashing = derived(secret, "hash", KEY_BYTES)

    def seal(self, row: str, field: str, text: str) -> str:
        """The text as that row and field may keep it: the same bytes every time."""
        return _sealed(self._siv, text.encode(), (self._study, row, field))

    def open(self, row: str, field: str, sealed: str) -> str:
        """The text again. Raises BrokenSeal where it was not sealed for this row and field."""
        return _opened(self._siv, sealed, (self._study, row, field)).decode()

    def hash(self, *parts: str) -> str:
        """A name by which something is found again, and which nobody can make without the key."""
        return hmac.digest(self._hashing, _joined(parts), "sha256")[:HASH_BYTES].hex()


class Vault:
    """What can be done with the operator's key. Without one everything raises NotSetUp."""

    def __init__(self, key: bytes | None = None) -> None:
        if key is not None and len(key) != KEY_BYTES:
            raise WrongKey(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self._wrapping = None if key is None else AESSIV(derived(key, "wrap", SIV_BYTES))
        self._naming = None if key is None else derived(key, "names", KEY_BYTES)
        self._keys: dict[tuple[str, str, str], DataKey] = {}

    @property
    def ready(self) -> bool:
        """Whether there is a key."""
        return self._wrapping is not None

    def new_key(self, study: str, purpose: Purpose, token: Callable[[], str]) -> DataKey:
        """A new random key for a study. `token` gives 128 random bits as text, at each call."""
        secret = drawn(token)
        kept = _sealed(self._require(), secret, (study, purpose.value, "key"))
        return DataKey(study, kept, secret)

    def key(self, study: str, purpose: Purpose, kept: str) -> DataKey:
        """A study's key, as the database keeps it. Raises NotSetUp, WrongKey."""
        known = self._keys.get((study, purpose.value, kept))
        if known is not None:
            return known
        try:
            secret = _opened(self._require(), kept, (study, purpose.value, "key"))
        except BrokenSeal as error:
            raise WrongKey(
                f"{SETTING} is not the key that the studies here were made with. Set the one that"
                " was; there is no other way to read them"
            ) from error
        if len(self._keys) >= REMEMBERED:
            self._keys.clear()
        made = self._keys[study, purpose.value, kept] = DataKey(study, kept, secret)
        return made

    def tombstone(self, study: str, pseudonym: str) -> str:
        """What stays of somebody who was erased: a hash that only this key can make again."""
        return self._named("tombstone", study, pseudonym).hex()

    def name(self, prompt_id: str) -> str:
        """By what a prompt is found, whose study is not known yet. The ledger holds its id for a
        day, beside who is asked; the row holds this, so that the two do not meet."""
        return self._named("prompt", prompt_id)[:HASH_BYTES].hex()

    def _named(self, *parts: str) -> bytes:
        if self._naming is None:
            raise NotSetUp
        return hmac.digest(self._naming, _joined(parts), "sha256")

    def _require(self) -> AESSIV:
        if self._wrapping is None:
            raise NotSetUp
        return self._wrapping


def parse_key(typed: str) -> bytes:
    """32 bytes from base64url or hex. Raises WrongKey, which does not repeat what was typed."""
    text = typed.strip()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else _from_base64(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongKey(
            f"must be {KEY_BYTES} bytes as base64url or hex; `parallax study key` prints a new one"
        )
    return key


def new_key(token: Callable[[], str]) -> str:
    """A new key for the operator, as base64url. `token` gives 128 random bits at each call."""
    return base64.urlsafe_b64encode(drawn(token)).decode().rstrip("=")


def drawn(token: Callable[[], str]) -> bytes:
    """32 random bytes out of two tokens, which hold 256 random bits together."""
    return hashlib.sha256(f"{token()}|{token()}".encode()).digest()


def derived(secret: bytes, what_for: str, length: int) -> bytes:
    """A key for one use, from which neither the secret nor a key for another use follows."""
    info = f"parallax-study-1|{what_for}".encode()
    return HKDF(SHA512(), length, salt=None, info=info).derive(secret)


def _sealed(siv: AESSIV, data: bytes, place: tuple[str, ...]) -> str:
    padded = data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)
    sealed = siv.encrypt(padded, [each.encode() for each in place])
    return SEALED + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _opened(siv: AESSIV, sealed: str, place: tuple[str, ...]) -> bytes:
    if not sealed.startswith(SEALED):
        raise BrokenSeal("what stands there was not sealed by this version")
    try:
        padded = siv.decrypt(_from_base64(sealed[len(SEALED) :]), [each.encode() for each in place])
    except (InvalidTag, ValueError) as error:
        raise BrokenSeal("a sealed value was changed, or is in another place") from error
    return padded[: padded.rindex(b"\x80")]


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _joined(parts: tuple[str, ...]) -> bytes:
    """With their lengths, so that no two lists of parts give the same bytes."""
    return b"".join(len(each.encode()).to_bytes(4) + each.encode() for each in parts)
