"""Knowing when nothing is under way any more."""

import asyncio
from types import TracebackType

# Bytes written to a loopback socket are only seen by its other end in a later turn of the loop,
# and a client needs a few more to hand them on.
_CALM_TURNS = 25


class Busy:
    """Counts what is under way; a context manager around each such thing."""

    def __init__(self) -> None:
        self.count = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def __enter__(self) -> None:
        self.count += 1
        self._quiet.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.count -= 1
        if self.count == 0:
            self._quiet.set()

    async def quiet(self) -> None:
        """Return once nothing has been under way for a while of loop turns."""
        calm = 0
        while calm < _CALM_TURNS:
            if self.count:
                await self._quiet.wait()
                calm = 0
            await asyncio.sleep(0)
            calm += 1
