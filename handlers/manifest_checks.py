"""A manifest that an app was made from, against the one this version and these settings need."""

from typing import Any

import yaml

from bot.findings import Finding, Level
from handlers.manifest import EVENTS, SCOPES, manifest

CHECK = "manifest"
Json = dict[str, Any]


def of_manifest(text: str, prefix: str, *, over_http: bool) -> list[Finding]:
    """Each difference that breaks something, with the line that mends it.

    text: YAML or JSON, as Slack shows it. prefix: as set, `x-` or empty.
    """
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError:
        told = None
    if not isinstance(told, dict):
        mend = "It is the text at your app's page, App Manifest"
        return [Finding(CHECK, Level.WRONG, "the file is no manifest", mend)]
    found = [*_commands(told, prefix), *_scopes(told), *_events(told), *_tab(told)]
    found += _address(told) if over_http else _socket(told)
    return found or [Finding(CHECK, Level.OK, "it has all that this version needs")]


def _at(told: Json, *path: str) -> Any:
    value: Any = told
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _named(told: Any, name: str) -> set[str]:
    rows = told if isinstance(told, list) else []
    return {str(each.get(name, "")) for each in rows if isinstance(each, dict)}


def _listed(told: Any) -> set[str]:
    return {str(each) for each in told} if isinstance(told, list) else set()


def _wrong(found: str, mend: str) -> Finding:
    return Finding(CHECK, Level.WRONG, found, f"{mend}, and install the app again")


def _commands(told: Json, prefix: str) -> list[Finding]:
    path = ("features", "slash_commands")
    there = _named(_at(told, *path), "command")
    needed = _named(_at(manifest(prefix), *path), "command")
    if not (missing := sorted(needed - there)):
        return []
    shown = f" --prefix {prefix.rstrip('-')}" if prefix else ""
    found = f"it has no {', '.join(missing)}; it has {', '.join(sorted(there)) or 'no command'}"
    mend = f"Set PARALLAX_COMMAND_PREFIX as the app has it, or use `parallax manifest{shown}`"
    return [_wrong(found, mend)]


def _scopes(told: Json) -> list[Finding]:
    there = _listed(_at(told, "oauth_config", "scopes", "bot"))
    return [
        _wrong(f"the scope {each} is missing: {why}", f"Add `- {each}` under scopes, bot")
        for each, why in SCOPES.items()
        if each not in there
    ]


def _events(told: Json) -> list[Finding]:
    there = _listed(_at(told, "settings", "event_subscriptions", "bot_events"))
    return [
        _wrong(f"the event {each} is missing: {why}", f"Add `- {each}` under bot_events")
        for each, why in EVENTS.items()
        if each not in there
    ]


def _tab(told: Json) -> list[Finding]:
    home = _at(told, "features", "app_home") or {}
    if home.get("messages_tab_enabled") and not home.get("messages_tab_read_only_enabled"):
        return []
    mend = "Set messages_tab_enabled: true and messages_tab_read_only_enabled: false"
    return [_wrong("nobody can write to the bot: its messages tab is off", mend)]


def _socket(told: Json) -> list[Finding]:
    if _at(told, "settings", "socket_mode_enabled"):
        return []
    return [_wrong("Socket Mode is off, and PARALLAX_MODE is socket", "Turn it on")]


def _address(told: Json) -> list[Finding]:
    url = str(_at(told, "settings", "event_subscriptions", "request_url") or "")
    if url.startswith("https://"):
        return []
    found = f"Slack is to call {url or 'nowhere'}, and calls only https:// addresses"
    return [_wrong(found, "Make it with `parallax manifest --url https://…`")]
