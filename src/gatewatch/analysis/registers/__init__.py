"""Register events to listings and answers."""
