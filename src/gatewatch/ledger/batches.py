"""What every row of one writer's batch bears: the batch's name, and when it was recorded."""

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

_TICK = timedelta(microseconds=1)


def new_batch() -> str:
    """A name for one writer's batch."""
    return f"{os.getpid():x}-{uuid4().hex[:12]}"


def next_record_time(last: datetime | None) -> datetime:
    """Now, and later than anything recorded, whatever the clock does."""
    now = datetime.now(UTC)
    return max(now, last + _TICK) if last else now
