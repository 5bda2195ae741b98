"""Gatewatch: the open record of restrictions on online services.

import gatewatch
ledger = gatewatch.open("ledger")
ledger.check("github.com", valid_at="2014-12-03").state

gatewatch.judge(gatewatch.decode(line)).state

gatewatch.case("wechat", "RU", valid_at="2017-05-08").state
"""

from typing import TYPE_CHECKING, Any

from gatewatch.errors import GatewatchError

if TYPE_CHECKING:
    from gatewatch.analysis.network.tools import judge
    from gatewatch.pipeline import ingest
    from gatewatch.query.case import tell as case
    from gatewatch.query.check import Answer
    from gatewatch.query.ledger import Ledger, open  # noqa: A004
    from gatewatch.sources.measurements.ooni import decode

__all__ = ["Answer", "GatewatchError", "Ledger", "case", "decode", "ingest", "judge", "open"]
__version__ = "0.1.0"

_PLACES = {
    "Answer": ("gatewatch.query.check", "Answer"),
    "Ledger": ("gatewatch.query.ledger", "Ledger"),
    "open": ("gatewatch.query.ledger", "open"),
    "case": ("gatewatch.query.case", "tell"),
    "ingest": ("gatewatch.pipeline", "ingest"),
    "decode": ("gatewatch.sources.measurements.ooni", "decode"),
    "judge": ("gatewatch.analysis.network.tools", "judge"),
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used, so that importing Gatewatch is cheap."""
    if name not in _PLACES:
        raise AttributeError(f"module 'gatewatch' has no attribute {name!r}")
    from importlib import import_module

    place, called = _PLACES[name]
    return getattr(import_module(place), called)
