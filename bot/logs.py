"""How logs are written: ids and codes, never anybody's words."""

import logging
import sys

import structlog

# These log whole payloads, which hold people's words.
QUIET = ("slack_bolt", "slack_sdk", "aiohttp", "apscheduler", "alembic")


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Write to standard error; JSON for machines, plain for people."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Asked anew each time: whoever configures may have standard error replaced later.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
