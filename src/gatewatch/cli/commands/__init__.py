"""The commands as they are called: options, defaults, help. Each is a few lines; the work is elsewhere."""
