"""The only room that knows Delta and SQL."""
