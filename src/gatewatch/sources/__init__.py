"""Bytes to model: containers that hold snapshots, and formats that read them."""
