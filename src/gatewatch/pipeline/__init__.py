"""The story: every stage in order. The only place that joins rooms.

A source hands over raw snapshots; a reader tells what each one changed; the timeline says which
to believe; the ledger keeps both what was believed and what was set aside.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatewatch.pipeline.registers import RegisterOutcome, RegisterProgress, ingest
    from gatewatch.pipeline.writer import Writer

__all__ = ["RegisterOutcome", "RegisterProgress", "Writer", "ingest"]


def __getattr__(name: str) -> object:
    """What is public, loaded when it is asked for: reading an article opens no ledger."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gatewatch.pipeline import registers, writer

    return getattr(writer if name == "Writer" else registers, name)
