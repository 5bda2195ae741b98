"""Data sets for others to take whole: what is in them, their files, and what changed between
versions."""
