"""`parallax demo` in a terminal: the channel on the left, the board on the right."""

import asyncio
import textwrap
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from bot.drills import Drill, stepped
from bot.sandbox.reading import lines_of
from bot.sandbox.recording import Event, Recording
from bot.sandbox.replay import Replay
from bot.sandbox.state import Channel, Message, Workspace

BOARD = "Board:"
NARROW = 100


@dataclass(slots=True)
class Theatre:
    """Shows one recording as it is played; `pause` seconds between events."""

    recording: Recording
    console: Console
    pause: float
    shown: set[str] = field(default_factory=set)
    played: int = 0

    async def play(self, database_url: str) -> None:
        """Play it to the end, in place where the terminal can, else line by line."""
        async with stepped(self.recording, database_url) as on:
            if self.console.is_terminal:
                with Live(console=self.console, screen=False, auto_refresh=False) as live:
                    await self._run(on, live)
            else:
                await self._run(on, None)

    async def _run(self, on: Drill, live: Live | None) -> None:
        replay = Replay(self.recording, on.sandbox, PacedStage(on, self.pause))
        channel = await replay.play(lambda event: self._after(on, event, live))
        if live is None:
            self.console.print("\n".join(board_lines(channel, on.sandbox.workspace)))

    def _after(self, on: Drill, _event: Event, live: Live | None) -> None:
        self.played += 1
        workspace = on.sandbox.workspace
        channel = next(each for each in workspace.channels.values() if each.name.startswith("inc-"))
        if live is None:
            self._print_new(channel, workspace)
            return
        live.update(self._screen(channel, workspace), refresh=True)

    def _print_new(self, channel: Channel, workspace: Workspace) -> None:
        for message in _everything(channel):
            if message.ts not in self.shown:
                self.shown.add(message.ts)
                self.console.print(_spoken(message, workspace), highlight=False)

    def _screen(self, channel: Channel, workspace: Workspace) -> Layout:
        width, height = self.console.size
        rows = height - 5
        board = "\n".join(board_lines(channel, workspace))
        left = _last_rows(_everything(channel), workspace, rows, self._columns(width))
        screen = Layout()
        body = Layout(name="body")
        panes = (
            Layout(Panel(left, title=f"#{channel.name}"), name="channel"),
            Layout(Panel(Text(board), title="the board, always up to date"), name="board"),
        )
        if width < NARROW:
            body.split_column(*panes)
        else:
            body.split_row(*panes)
        screen.split_column(body, Layout(self._footer(), size=1))
        return screen

    def _columns(self, width: int) -> int:
        return width - 6 if width < NARROW else width // 2 - 6

    def _footer(self) -> Text:
        left = len(self.recording.events) - self.played
        return Text(f" {self.recording.title} · {left} events to come · Ctrl-C stops", style="dim")


class PacedStage:
    """A drill's stage with a pause before each step, so that a person can read along."""

    def __init__(self, on: Drill, pause: float) -> None:
        self._stage = on.stage
        self._pause = pause

    async def until(self, when: datetime) -> None:
        await asyncio.sleep(self._pause)
        await self._stage.until(when)

    async def settle(self) -> None:
        await self._stage.settle()


def _everything(channel: Channel) -> list[Message]:
    """Lines and replies in the order they were written; the board has a pane of its own."""
    spoken = [each for each in channel.visible() if not each.is_notice]
    return [each for each in spoken if not (each.bot_id and each.text.startswith(BOARD))]


def board_lines(channel: Channel, workspace: Workspace) -> list[str]:
    """The board as text."""
    boards = [each for each in channel.lines() if each.bot_id and each.text.startswith(BOARD)]
    return lines_of(boards[-1], workspace) if boards else ["(no board yet)"]


def _last_rows(messages: list[Message], workspace: Workspace, rows: int, columns: int) -> Group:
    """The newest messages that fit, wrapped as they will be shown."""
    shown: list[Text] = []
    used = 0
    for message in reversed(messages):
        text = _spoken(message, workspace)
        used += sum(max(1, -(-len(line) // max(columns, 20))) for line in text.plain.split("\n"))
        if used > rows:
            break
        shown.insert(0, text)
    return Group(*shown)


def _spoken(message: Message, workspace: Workspace) -> Text:
    """Who said what and when; replies are set in."""
    user = workspace.users[message.user]
    from_bot = message.bot_id is not None
    indent = "   ↳ " if message.is_reply else ""
    when = _clock(message.ts)
    body = " ".join(lines_of(message, workspace))
    text = Text(f"{indent}{when} ", style="dim")
    text.append("Parallax" if from_bot else user.name, style="bold cyan" if from_bot else "bold")
    text.append(f"  {body}")
    if message.reactions:
        text.append(" ✓", style="green")
    return text


def _clock(ts: str) -> str:
    return f"{datetime.fromtimestamp(float(ts), UTC):%H:%M}"


CLOSING = textwrap.dedent(
    """
    That was {title}.
    It ran through the real bot, over a real socket, against a Slack workspace on this machine.

    What comes next:
      parallax replay FILE… --record OUT.json    play recordings and keep the record
      make test                                  everything, tried
      docs/architecture.md                       how it is built
    """
)
