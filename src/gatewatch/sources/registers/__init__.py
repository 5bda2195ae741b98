"""Bytes of a register to entries: one file a format."""
