"""A message as the ledger would send it, posted, read back, edited and deleted; and samples of our
screens, held against Slack's own rules."""

from typing import Any

from bot.findings import Finding, Level
from handlers.blocks import answers, privacy, steering
from handlers.blocks.text import named
from handlers.checks import Heard, Line, Unreachable
from handlers.messenger import EVENT_TYPE
from handlers.slack import make_session

CHECK = "live"
TEXT = "This is `parallax doctor`: it sees whether a message can be posted, read, edited, deleted."
EDITED = "Edited; it goes at once."

Json = dict[str, Any]

MEND = {
    "messages_tab_disabled": (
        "In the app's manifest, app_home: messages_tab_enabled: true; install the app again"
    ),
    "channel_not_found": "--user takes a member ID (U…): their profile in Slack, Copy member ID",
    "user_not_found": "--user takes a member ID (U…): their profile in Slack, Copy member ID",
}
OTHERWISE = "Slack's page on that method says what the code means"


async def live(api_url: str, token: str, user: str, key: str) -> list[Finding]:
    """Write to `user` directly, and see whether all of it works.

    key: what the message carries, for the look-back to find.
    """
    async with make_session() as session:
        line = Line(session, api_url)
        try:
            return [*await _message(line, token, user, key), *await _samples(line)]
        except Unreachable as error:
            return [Finding(CHECK, Level.WRONG, f"Slack went silent: {error}", "Try again")]


async def _message(line: Line, token: str, user: str, key: str) -> list[Finding]:
    metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
    posted = await line.ask("chat.postMessage", token, channel=user, text=TEXT, metadata=metadata)
    found = [_done("posted", posted)]
    if posted.error or not posted.body:
        return found
    where = {"channel": str(posted.body["channel"]), "ts": str(posted.body["ts"])}
    found.append(await _read_back(line, token, where, key))
    found.append(_done("edited", await line.ask("chat.update", token, text=EDITED, **where)))
    found.append(_done("deleted", await line.ask("chat.delete", token, **where)))
    return found


def _done(what: str, heard: Heard) -> Finding:
    code = heard.error or ("" if heard.is_slacks else f"http_{heard.status}")
    if not code:
        return Finding(CHECK, Level.OK, f"a direct message was {what}")
    found = f"a direct message could not be {what} ({code})"
    return Finding(CHECK, Level.WRONG, found, MEND.get(code, OTHERWISE))


async def _read_back(line: Line, token: str, where: dict[str, str], key: str) -> Finding:
    """As the ledger looks for a message whose sending was not answered."""
    at = where["ts"]
    heard = await line.ask(
        "conversations.history", token, channel=where["channel"], oldest=at, latest=at,
        inclusive=True, limit=1, include_all_metadata=True,
    )  # fmt: skip
    if heard.error == "missing_scope":
        found = "a direct message cannot be read back: im:history is not granted"
        return Finding(CHECK, Level.NOTE, f"{found}; channels are read with channels:history")
    if heard.error:
        return _done("read back", heard)
    messages = (heard.body or {}).get("messages") or []
    if _key_of(messages) == key:
        return Finding(CHECK, Level.OK, "a direct message was read back, with its metadata")
    found = "a direct message was read back without its metadata: a lost answer could be sent twice"
    mend = "Add `- metadata.message:read` under scopes, bot, and install the app again"
    return Finding(CHECK, Level.WRONG, found, mend)


def _key_of(messages: list[Json]) -> str:
    metadata = (messages[0].get("metadata") or {}) if messages else {}
    return str((metadata.get("event_payload") or {}).get("key", ""))


def samples() -> dict[str, Json]:
    """Some of our screens: what blocks.validate is asked of each."""
    return {
        "help": {"blocks": list(answers.help_page(named("incident", "")).blocks)},
        "privacy": {"blocks": list(privacy.privacy().blocks)},
        **{f"the form {each}": {"view": steering.form(each, "kept")} for each in steering.ASKS},
    }


async def _samples(line: Line) -> list[Finding]:
    found = []
    for name, sample in samples().items():
        heard = await line.ask("blocks.validate", **sample)
        if heard.error == "unknown_method" or not heard.is_slacks:
            return [Finding("samples", Level.NOTE, "not checked: that is not offered here")]
        if heard.error:
            told = (heard.body or {}).get("response_metadata", {}).get("messages", [])
            why = f"{name}: {heard.error} {'; '.join(map(str, told))[:300]}"
            found.append(Finding("samples", Level.WRONG, why, "Please report it, with this line"))
    return found or [Finding("samples", Level.OK, f"Slack accepts {len(samples())} of our screens")]
