"""A destructive verb in an action: ask which host, and who looks along; compare; never block.

Source: references/fixation-and-charts.md section 2, the row "Destructive verb in an action" (the
verbs are its list, by stem, at a word's start), and SPEC section 2, *Actions*.

The row is followed to the letter, and asks too often where a stem means something else: "dropped
connections", "force a failover", "reset my password", "don't delete". It costs a glance, for the
question never blocks; a workspace takes the stem off its list.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

from bot.incidents.model import Action
from bot.workspace.settings import DESTRUCTIVE_STEMS

DEFAULT_STEMS = DESTRUCTIVE_STEMS
HOSTS_MAX = 5

# Stems that are commands: more letters make another word of them ("rmem_max", "RMS").
_COMMANDS = {"rm": r"rm(?:dir|ed|ing)?(?!\w)", "mkfs": r"mkfs(?!\w)"}
# How a stem that ends in e goes on: removed, removing, removal, deletion, erasure.
_AFTER_E = r"(?:e\w*|ing|ion|ions|als?|ures?)(?!\w)"
_PAST = {"overwrite": "|overwrote|overwritten"}
_RECREATE = r"recreat(?:e\w*|ing|ion)(?!\w)"
_HOLDS_DATA = re.compile(r"(?<![^\W_])(?:director(?:y|ies)|databases?|volumes?|hosts?|clusters?)\b")
_SENTENCE = re.compile(r"[.!?;](?=\s|$)|\n")


def is_destructive(text: str, verbs: tuple[str, ...] = DEFAULT_STEMS) -> str | None:
    """The first verb of the list that stands in the text, as the list spells it; or None."""
    plain = normalize("NFKC", text).casefold()
    found = [(at.start(), verb) for verb in verbs if (at := _first(plain, verb))]
    return min(found)[1] if found else None


def asks_at_end(
    started: Action | None, text: str, verbs: tuple[str, ...] = DEFAULT_STEMS
) -> str | None:
    """The verb to ask about when an action has ended: only if its start was not asked about."""
    if started is not None and is_destructive(started.text, verbs):
        return None
    return is_destructive(text, verbs)


def _first(plain: str, verb: str) -> re.Match[str] | None:
    """Where a stem stands at a word's start; an underscore ends a word: `pg_dropcluster`."""
    if verb != "recreate":
        return _pattern(verb).search(plain)
    for found in _pattern(verb).finditer(plain):
        ends = [0, *(each.end() for each in _SENTENCE.finditer(plain)), len(plain)]
        start = max(end for end in ends if end <= found.start())
        stop = min(end for end in ends if end >= found.end())
        if _HOLDS_DATA.search(plain, start, stop):
            return found
    return None


@lru_cache(maxsize=256)
def _pattern(verb: str) -> re.Pattern[str]:
    if verb == "recreate":
        shape = _RECREATE
    elif verb in _COMMANDS:
        shape = _COMMANDS[verb]
    elif verb.endswith("e"):
        shape = re.escape(verb[:-1]) + _AFTER_E + _PAST.get(verb, "")
    else:
        shape = re.escape(verb)
    return re.compile(rf"(?<![^\W_])(?:{shape})")


# -- hosts ---------------------------------------------------------------------------------------

_NAME = re.compile(
    r"(?<![\w.-])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?![\w-])",
    re.IGNORECASE,
)
_SHORT = re.compile(r"[a-z]{2}[a-z0-9-]*\d", re.IGNORECASE)
_NO_HOST = re.compile(
    r"(?:ext|utf|sha|md|http|ipv|ec|sev|base|python|py|java|postgres(?:ql)?|pg|mysql|redis|php|log|"
    r"pr|mr|inc|task|ticket|issue|jira|ops|step|thread|version|rev|build|deploy|release|phase|day|"
    r"col(?:umn)?|line|page|part|point|raid|fat|oauth|tls|ssl|h|arm|amd|int|float|uint|gen|sp|rc|"
    r"v|pid|port|exit|error|code|signal|utc|gmt|zone|in|by|at|to|of|pre|post|"
    r"(?:us|eu|ap|sa|ca|me|af|il|cn)-[a-z-]+)-?\d+",
    re.IGNORECASE,
)
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{7,}", re.IGNORECASE)
_PLACES = frozenset({"prod", "production", "staging", "stage", "dev", "test", "qa", "uat"})
_ROLE_NAMES = (
    "db web app api cache redis pg mysql node host srv server kafka lb worker bastion jump primary "
    "secondary replica standby master"
)
_ROLES = frozenset(_ROLE_NAMES.split())
_TOP_NAMES = (
    "com net org io dev app cloud internal local localdomain lan corp intra home arpa test example "
    "invalid"
)
_TOP = frozenset(_TOP_NAMES.split())
_FILES = frozenset(["py", "rb", "js", "ts", "go", "sh", "gz", "db", "kt", "cs", "vm", "ps"])
_COUNTRIES_TOO = frozenset(["rs", "md", "cc", "so", "pl", "id"])  # of files, and of whole countries
_COUNTRY = re.compile("[a-z]{2}")
_IDLE = frozenset({"hostname", "host", "yes", "no", "ok", "done", "root", "bash", "sh", "exit"})
# A name Slack made a link of, and marks around pasted code.
_MARKS = re.compile(r"<https?://[^|>]*\|([^>]*)>|[`*<>]")


@dataclass(frozen=True, slots=True)
class HostCheck:
    """What was written and what the shell says. same: None where that cannot be told."""

    written: tuple[str, ...]
    pasted: str
    same: bool | None

    @property
    def sentence(self) -> str:
        """One line, to be read by somebody with a hand on the return key."""
        if not self.pasted:
            return "I can't see a host in that. Type hostname in that shell and paste what it says."
        if not self.written:
            return f"That shell says {self.pasted}. You named no host. Is it the one you mean?"
        wrote = " and ".join(self.written)
        if self.same:
            return f"That shell says {self.pasted}, as you wrote."
        asked = " Which of them is it to be?" if self.same is None else ""
        return f"You wrote {wrote}. That shell says {self.pasted}.{asked}"


def host_written(text: str) -> tuple[str, ...]:
    """Names in an action that look like hosts, in order, each once; at most HOSTS_MAX.

    A host is a name of three parts or more, or one that ends in a digit (db1, prod-db-03), or a
    place with a role (prod-db). Versions, regions, tickets and files are none.
    """
    names = [found.group() for found in _NAME.finditer(normalize("NFKC", text))]
    hosts = {each.casefold(): each for each in reversed(names) if _looks_like_host(each)}
    return tuple(reversed(hosts.values()))[:HOSTS_MAX]


def compare_hosts(written: tuple[str, ...], pasted: str) -> HostCheck:
    """Compare what the action names with what `hostname` printed, first labels first.

    One name decides. Of several, a shell on one of them settles nothing: it says which.
    """
    shell = host_pasted(pasted)
    if not shell or not written:
        return HostCheck(written, shell, None)
    fitting = [each for each in written if _same(each, shell)]
    if fitting and len(written) > 1:
        return HostCheck(written, _label(shell), None)
    if fitting or all(_label(each) == _label(shell) for each in written):
        return HostCheck(written, shell, bool(fitting))
    return HostCheck(tuple(map(_label, written)), _label(shell), same=False)


def host_pasted(text: str) -> str:
    """The host in a reply: the last line that is one name, or else a name that looks like one.

    A bare word ("thanks") is a host only where it was pasted as code, or below `hostname`.
    """
    plain = normalize("NFKC", text)
    pasted = "`" in plain or "hostname" in plain
    lines = _MARKS.sub(r"\1", plain).split("\n")
    for line in reversed(lines):
        words = line.split()
        if len(words) == 1 and _names_host(words[0].rstrip("."), pasted=pasted):
            return words[0].rstrip(".")
    found = [host for line in reversed(lines) for host in host_written(line)]
    return found[0] if found else ""


def _names_host(word: str, *, pasted: bool) -> bool:
    if not _NAME.fullmatch(word) or word.casefold() in _IDLE or not any(map(str.isalpha, word)):
        return False
    return pasted or any(char.isdigit() or char in ".-" for char in word)


def _same(one: str, other: str) -> bool:
    """db1 is db1.cluster.gitlab.com; db1.staging.example.com is not db1.prod.example.com."""
    labels = [each.casefold().split(".") for each in (one, other)]
    return all(mine == theirs for mine, theirs in zip(*labels, strict=False))


def _label(host: str) -> str:
    return host.partition(".")[0].casefold()


def _looks_like_host(name: str) -> bool:
    first, *rest = name.casefold().split(".")
    if not rest:
        return _is_short(first)
    known = rest[-1] in _TOP or bool(_COUNTRY.fullmatch(rest[-1]))
    if not known or rest[-1] in _FILES or (len(rest) == 1 and rest[-1] in _COUNTRIES_TOO):
        return False
    return any(map(str.isalpha, first)) and (len(rest) > 1 or _is_short(first))


def _is_short(name: str) -> bool:
    if _NO_HOST.fullmatch(name) or _HEX.fullmatch(name):
        return False
    parts = set(name.split("-"))
    return bool(_SHORT.fullmatch(name)) or bool(parts & _PLACES and parts & _ROLES)
