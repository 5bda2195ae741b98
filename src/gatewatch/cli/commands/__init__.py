"""One file a command: its options, its question, its page, its examples."""
