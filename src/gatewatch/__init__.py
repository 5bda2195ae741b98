"""Gatewatch: the open record of restrictions on online services.

import gatewatch
ledger = gatewatch.open("ledger")
ledger.check("github.com", valid_at="2014-12-03").state

gatewatch.judge(gatewatch.decode(line)).state

gatewatch.case("wechat", "RU", valid_at="2017-05-08").state
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gatewatch.errors import GatewatchError

if TYPE_CHECKING:
    from gatewatch.analysis.network.tools import judge
    from gatewatch.cases.case import Case
    from gatewatch.model.episode import Episode
    from gatewatch.model.history import Listing
    from gatewatch.model.moment import Bracket, Moment
    from gatewatch.model.verdict import Verdict
    from gatewatch.pipeline import ingest
    from gatewatch.query.check import Answer
    from gatewatch.query.ledger import Ledger, case, open  # noqa: A004
    from gatewatch.sources.measurements.ooni import decode

__all__ = [
    "Answer",
    "Bracket",
    "Case",
    "Episode",
    "GatewatchError",
    "Ledger",
    "Listing",
    "Moment",
    "Verdict",
    "case",
    "decode",
    "ingest",
    "judge",
    "open",
]
__version__ = "0.1.0"

_HOMES = {
    "Answer": "query.check",
    "Bracket": "model.moment",
    "Case": "cases.case",
    "Episode": "model.episode",
    "Ledger": "query.ledger",
    "Listing": "model.history",
    "Moment": "model.moment",
    "Verdict": "model.verdict",
    "case": "query.ledger",
    "decode": "sources.measurements.ooni",
    "ingest": "pipeline",
    "judge": "analysis.network.tools",
    "open": "query.ledger",
}
_TOLD_BY = ("records.display", "draw.display")
"""How answers are told and drawn: loaded with whatever gives or is one."""
_GIVE_ANSWERS = frozenset({"Answer", "Case", "Episode", "Ledger", "case", "open"})


if not TYPE_CHECKING:  # or a checker would take every name for a public one

    def __getattr__(name: str) -> Any:
        """Public names are loaded when they are first used, so that importing Gatewatch is
        cheap."""
        if name not in _HOMES:
            raise AttributeError(f"module 'gatewatch' has no attribute {name!r}")
        for home in _TOLD_BY if name in _GIVE_ANSWERS else ():
            import_module(f"gatewatch.{home}")
        return getattr(import_module(f"gatewatch.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
