"""Answers as plain rows."""
