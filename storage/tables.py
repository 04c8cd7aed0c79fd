"""Every table, gathered: importing this module fills the metadata."""

from storage import deliveries, incidents, workspace
from storage.types import metadata

__all__ = ["deliveries", "incidents", "metadata", "workspace"]
