"""docs/privacy.md, from the tables that the bot itself works by: `python -m tools.privacy`."""

from pathlib import Path

from bot.workspace.retention import KINDS, PROMISED
from handlers.blocks.privacy import HOW_LONG, SAID, days
from handlers.manifest import EVENTS, SCOPES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "privacy.md"

HEAD = """# What Parallax reads, keeps and shows

The same is said in Slack by `/incident help privacy`, in the bot's own words. This page is made by
`python -m tools.privacy` from the tables that the bot works by; a test holds it to them.

"""
KEPT = """
In the variable `PARALLAX_KEEP`, an operator sets days for some: `{"deliveries": 60}`. A time
outside the bounds is refused at the start.

| name | what | days | counted from | can be |
|-|-|-|-|-|
"""
STUDIES = """
What a study holds cannot be kept longer than its volunteers were told
([keeping apart](sampling/keeping-apart.md)):

| what | goes |
|-|-|
"""
OPERATOR = """
## For whoever runs it

* Everything is in one database, which you name; nothing is sent anywhere but to Slack.
* Logs and metrics hold ids, codes and counts. They hold nothing that people wrote, and no names.
* A backup holds what the database held when it was taken, words that were taken back since
  included. Only its owner can read the file. Delete old backups when their time is over.
* A token or a password is never logged, shown or written down.
* What is deleted is no longer found, at once. Its bytes on the disk go later, as the database
  merges its index of words and uses the space again.
"""
MAY = """
## What it may do in Slack, and why

| permission | why |
|-|-|
"""
TOLD = """
## What Slack tells it, and why

| event | why |
|-|-|
"""


def current() -> str:
    """The page as it should be now."""
    said = "".join(f"**{heading}** {text}\n\n" for heading, text in SAID)
    return (
        f"{HEAD}{said}## How long\n\nKept: {HOW_LONG}\n{KEPT}{_kinds()}{STUDIES}{_promised()}"
        f"{OPERATOR}"
        f"{MAY}{_rows(SCOPES)}{TOLD}{_rows(EVENTS)}"
    )


def _kinds() -> str:
    return "".join(
        f"| {each.name} | {each.what} | {each.days} | {each.since} |"
        f" {each.least} to {days(each.most)} |\n"
        for each in KINDS
    )


def _promised() -> str:
    return "".join(f"| {each.what} | {each.when} |\n" for each in PROMISED)


def _rows(told: dict[str, str]) -> str:
    return "".join(f"| `{name}` | {why} |\n" for name, why in told.items())


if __name__ == "__main__":
    PAGE.write_text(current(), encoding="utf-8")
