"""Cases: one service in one jurisdiction, folded from rules, claims, listings and verdicts."""
