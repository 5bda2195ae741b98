"""Steps to observations, verdicts, episodes and silences."""
