"""`gatewatch` on a machine whose clock is wrong.

Usage: python -m tests.lab.wrong_clock DAYS [gatewatch's own words]
"""

import sys
from datetime import datetime, timedelta

from gatewatch.cli import main
from gatewatch.probe import clock

right = clock.now


def wrong() -> datetime:
    """The time that such a machine believes."""
    return right() + timedelta(days=float(days))


if __name__ == "__main__":
    days = sys.argv.pop(1)
    clock.now = wrong
    main()
