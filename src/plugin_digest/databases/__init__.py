"""Databases that are only read from, by sources and by indicators."""

from plugin_digest.databases.access import Database, Reading

__all__ = ["Database", "Reading"]
