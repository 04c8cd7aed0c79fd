"""Fresh eyes: whether somebody would be asked to look along, and in which hours."""

from bot.workspace.teams import EVERY_DAY, NAME_MAX, WORKDAYS, Hours, Willing
from handlers.blocks.text import Block, actions, button, one_line, option, plain, section

WILLING = "fresh_eyes_willing"
HOURS = "fresh_eyes_hours"
UNWILLING = "fresh_eyes_unwilling"
FORM = "fresh_eyes_form"
BEGINS, ENDS, DAYS = "begins", "ends", "days"
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXPLAINED = (
    "*Fresh eyes*\nWhere an incident is stuck I may ask one person who is not in it to have a look:"
    " one message, in their hours, never a page. Would you be asked?"
)
OFF = "I won't ask you for fresh eyes any more."


def on_home(willing: Willing | None, teams: tuple[str, ...]) -> list[Block]:
    """The part of one's own tab. teams: one's own, as Slack's user groups have them."""
    if willing is None:
        row = actions("fresh_eyes", button("I'm willing to be asked for fresh eyes", WILLING))
        return [section(EXPLAINED), row]
    line = f"*Fresh eyes*\nYou are willing to be asked, {in_words(willing.hours)}."
    if teams:
        line += f" Asked first where nobody is from {_either(teams)}."
    row = actions("fresh_eyes", button("Change hours", HOURS), button("Don't ask me", UNWILLING))
    return [section(line), row]


def in_words(hours: Hours) -> str:
    """ "09:00 to 17:00, Mon to Fri, where you are"."""
    return f"{hours.begins:%H:%M} to {hours.ends:%H:%M}, {_days(hours.days)}, where you are"


def _days(days: tuple[int, ...]) -> str:
    if days == EVERY_DAY:
        return "every day"
    if days == WORKDAYS:
        return "Mon to Fri"
    return ", ".join(DAY_NAMES[each] for each in days if each in EVERY_DAY)


def _either(teams: tuple[str, ...]) -> str:
    return " or ".join(one_line(each, NAME_MAX) for each in teams[:3])


def form(hours: Hours) -> Block:
    """From when to when, and on which days."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain("Fresh eyes", 24),
        "submit": plain("Save", 24),
        "close": plain("Leave as is", 24),
        "blocks": [
            _input(BEGINS, "Not before", _clock(f"{hours.begins:%H:%M}")),
            _input(ENDS, "Not after", _clock(f"{hours.ends:%H:%M}")),
            _input(DAYS, "On", _which(hours.days)),
        ],
    }


def _input(key: str, label: str, element: Block) -> Block:
    element["action_id"] = key
    return {"type": "input", "block_id": key, "label": plain(label, 100), "element": element}


def _clock(value: str) -> Block:
    return {"type": "timepicker", "initial_time": value}


def _which(days: tuple[int, ...]) -> Block:
    options = {day: option(name, str(day)) for day, name in enumerate(DAY_NAMES)}
    ticked = [options[each] for each in days if each in options]
    element: Block = {"type": "checkboxes", "options": [*options.values()]}
    return element | ({"initial_options": ticked} if ticked else {})
