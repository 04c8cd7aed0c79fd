"""The bot as a process of its own that does nothing: what `rest` weighs and times.

Reads its wiring as JSON from standard input, and ends when that is closed.
"""

import asyncio
import json
import sys

from bot.clock import SystemClock, SystemDraws
from bot.compose import Wiring, running


async def main() -> None:
    """Run until nobody holds the other end."""
    wiring = Wiring(**json.loads(sys.stdin.readline()))
    async with running(wiring, SystemClock(), SystemDraws()):
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
