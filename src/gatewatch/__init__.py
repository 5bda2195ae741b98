"""Gatewatch: the open record of restrictions on online services.

import gatewatch
ledger = gatewatch.open("ledger")
ledger.check("github.com", valid_at="2014-12-03").state

gatewatch.judge(gatewatch.decode(line)).state
"""

from typing import TYPE_CHECKING, Any

from gatewatch.errors import GatewatchError

if TYPE_CHECKING:
    from gatewatch.analysis.ready import judge
    from gatewatch.pipeline import ingest
    from gatewatch.publish.answers import Answer
    from gatewatch.publish.reading import Ledger, open  # noqa: A004
    from gatewatch.sources.ooni import decode

__all__ = ["Answer", "GatewatchError", "Ledger", "decode", "ingest", "judge", "open"]
__version__ = "0.1.0"

_PLACES = {
    "Answer": "gatewatch.publish.answers",
    "Ledger": "gatewatch.publish.reading",
    "open": "gatewatch.publish.reading",
    "ingest": "gatewatch.pipeline",
    "decode": "gatewatch.sources.ooni",
    "judge": "gatewatch.analysis.ready",
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used, so that importing Gatewatch is cheap."""
    if name not in _PLACES:
        raise AttributeError(f"module 'gatewatch' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
