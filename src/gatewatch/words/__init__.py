"""Words, marks and messages in English, Russian and Chinese."""
