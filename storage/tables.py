"""Every table, gathered: importing this module fills the metadata."""

from storage import (
    activity,
    attending,
    deliveries,
    improvised,
    incidents,
    incidents_search,
    lanes,
    members,
    nudges,
    orphans,
    purse,
    relations,
    restores,
    retention,
    review_tables,
    sampling_tables,
    settings,
    signals,
    teams,
    workspace,
)
from storage.types import metadata

__all__ = [
    "activity",
    "attending",
    "compared",
    "deliveries",
    "improvised",
    "incidents",
    "incidents_search",
    "lanes",
    "members",
    "metadata",
    "nudges",
    "orphans",
    "purse",
    "relations",
    "restores",
    "retention",
    "review_tables",
    "sampling_tables",
    "settings",
    "signals",
    "teams",
    "workspace",
]

# Full text is made by hand in migration 0002: its tables, their shadows, its index.
BY_HAND = "search_"


def compared(_object: object, name: str | None, _kind: str, _reflected: bool, _to: object) -> bool:
    """Whether autogenerate compares this with the metadata; Alembic's `include_object`."""
    return not (name or "").startswith(BY_HAND)
