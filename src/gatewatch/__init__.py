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
    from gatewatch.analysis.ready import judge
    from gatewatch.pipeline import ingest
    from gatewatch.publish.answers import Answer
    from gatewatch.publish.cases import tell as case
    from gatewatch.publish.reading import Ledger, open  # noqa: A004
    from gatewatch.sources.ooni import decode

__all__ = ["Answer", "GatewatchError", "Ledger", "case", "decode", "ingest", "judge", "open"]
__version__ = "0.1.0"

_PLACES = {
    "Answer": ("gatewatch.publish.answers", "Answer"),
    "Ledger": ("gatewatch.publish.reading", "Ledger"),
    "open": ("gatewatch.publish.reading", "open"),
    "case": ("gatewatch.publish.cases", "tell"),
    "ingest": ("gatewatch.pipeline", "ingest"),
    "decode": ("gatewatch.sources.ooni", "decode"),
    "judge": ("gatewatch.analysis.ready", "judge"),
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used, so that importing Gatewatch is cheap."""
    if name not in _PLACES:
        raise AttributeError(f"module 'gatewatch' has no attribute {name!r}")
    from importlib import import_module

    place, called = _PLACES[name]
    return getattr(import_module(place), called)
