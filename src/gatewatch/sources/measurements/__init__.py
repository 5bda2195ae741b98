"""Bytes to measurements."""
