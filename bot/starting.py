"""What keeps the bot from starting: said in one line each, with what to do about it."""

import asyncio
from dataclasses import dataclass

from pydantic import SecretStr, ValidationError

from bot.config import PREFIX, Mode, Settings
from bot.errors import ParallaxError, SendFailed
from bot.sampling.sealing import WrongKey
from handlers.opening import APP, BOT, OTHER_APP, own_api_url, refusals
from storage.opening import Unusable, look, look_at_key

CONFIGURATION, RUNTIME = 2, 1

WHERE_BOT = "It begins with xoxb-: your app's page at Slack, OAuth & Permissions, once installed"
WHERE_APP = (
    "It begins with xapp-: your app's page at Slack, Basic Information, App-Level Tokens, with the"
    " scope connections:write"
)
WHERE_SIGNED = "Your app's page at Slack, Basic Information, App Credentials"
NAMES = {BOT: f"{PREFIX}BOT_TOKEN", APP: f"{PREFIX}APP_TOKEN"}
WHERE = {BOT: WHERE_BOT, APP: WHERE_APP}
BEGINS = {BOT: "xoxb-", APP: "xapp-"}
OTHER = {BOT: APP, APP: BOT}
PREFIX_RULE = "up to ten small letters and digits, such as `x` for /x-incident"

# What Slack answers, and what it means to an operator.
REFUSED = {
    "invalid_auth": "Slack does not know it. Is it whole, and of this app?",
    "not_authed": "Slack does not know it. Is it whole, and of this app?",
    "token_revoked": "it was revoked. Install the app again, and use the new token.",
    "token_expired": "it has expired. Install the app again, and use the new token.",
    "account_inactive": "the app was taken out of the workspace. Install it again.",
    "not_allowed_token_type": "it is a token of another kind.",
    OTHER_APP: "it is that of another app than the bot token's, so nothing would arrive.",
    "missing_scope": "it lacks a scope. Compare the app's manifest with `parallax manifest`.",
}


class CannotStart(ParallaxError):
    """Why not; `code` is the exit code: 2 if the settings are wrong, 1 if something is away."""

    def __init__(self, code: int, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.code = code


def read_settings() -> Settings:
    """The settings as the environment has them. Raises CannotStart, naming each that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        reasons = [_wrong(each["loc"], each["msg"]) for each in error.errors(include_input=False)]
        raise CannotStart(CONFIGURATION, *reasons) from None


def _wrong(where: tuple[int | str, ...], what: str) -> str:
    said = what.removeprefix("Value error, ")
    if not where:  # said of a file, and named there
        return said
    name = f"{PREFIX}{str(where[0]).upper()}"
    if where[0] == "command_prefix":
        said = PREFIX_RULE
    return f"{name} is not right: {said}."


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: the Web API's address, and the database's schema."""

    api_url: str
    schema: str


async def check(settings: Settings) -> Checked:
    """Hold every setting up against what is there. Raises CannotStart."""
    if reasons := missing(settings):
        raise CannotStart(CONFIGURATION, *reasons)
    try:
        schema = await asyncio.to_thread(look, settings.database_url)
    except Unusable as error:
        code = RUNTIME if error.may_pass else CONFIGURATION
        raise CannotStart(code, f"{PREFIX}DATABASE_URL: {error}") from error
    try:
        await asyncio.to_thread(look_at_key, settings.database_url, settings.sealing_key)
    except WrongKey as error:
        raise CannotStart(CONFIGURATION, f"{error}.") from error
    api_url = settings.slack_api_url or own_api_url()
    await _try_tokens(settings, api_url)
    return Checked(api_url, schema)


def missing(settings: Settings) -> list[str]:
    """What is not set, or looks like something else."""
    found = _of_token(BOT, settings.bot_token)
    if settings.mode is Mode.SOCKET:
        return found + _of_token(APP, settings.app_token)
    if not settings.signing_secret.get_secret_value():
        found.append(f"{PREFIX}SIGNING_SECRET is not set, and HTTP mode needs it. {WHERE_SIGNED}.")
    return found


def _of_token(kind: str, secret: SecretStr) -> list[str]:
    name, token = NAMES[kind], secret.get_secret_value()
    if not token:
        return [f"{name} is not set. {WHERE[kind]}."]
    if token.startswith(BEGINS[OTHER[kind]]):
        return [f"{name} holds the {OTHER[kind]} token: the two are swapped. {WHERE[kind]}."]
    if not token.startswith(BEGINS[kind]):
        return [f"{name} does not look like a token of that kind. {WHERE[kind]}."]
    return []


async def _try_tokens(settings: Settings, api_url: str) -> None:
    tokens = {BOT: settings.bot_token.get_secret_value()}
    if settings.mode is Mode.SOCKET:
        tokens[APP] = settings.app_token.get_secret_value()
    refused = await refusals(api_url, tokens)
    if not refused:
        return
    known = [_refused(kind, why) for kind, why in refused.items() if why.reason in REFUSED]
    if known:
        raise CannotStart(CONFIGURATION, *known)
    raise CannotStart(RUNTIME, _away(api_url, next(iter(refused.values()))))


def _refused(kind: str, why: SendFailed) -> str:
    return f"Slack refused {NAMES[kind]} ({why.reason}): {REFUSED[why.reason]} {WHERE[kind]}."


def _away(api_url: str, why: SendFailed) -> str:
    if why.reason in {"unreachable", "TimeoutError"}:
        return (
            f"Slack cannot be reached at {api_url}: is there a network, and is that address right?"
        )
    if why.reason.startswith("http_"):
        status = why.reason.removeprefix("http_")
        return (
            f"{api_url} answered with HTTP {status}, and not as Slack does. Check"
            f" {PREFIX}SLACK_API_URL, and whether a proxy stands between."
        )
    return f"Slack did not let us in ({why.reason})."
