"""Who follows what, what they were told, and what became of it.

SQLite keeps subscriptions, what was told, and what is still to be sent. An event is told once: it
is queued in the same transaction that moves the mark up to which the ledger was looked at, so that
neither a crash nor a second run tells it again.
"""
