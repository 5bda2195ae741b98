"""The story: every stage in order. The only place that joins rooms.

A source hands over raw snapshots; a reader tells what each one changed; the timeline says which
to believe; the ledger keeps both what was believed and what was set aside.
"""

from gatewatch.pipeline.decide import decide
from gatewatch.pipeline.registers import RegisterOutcome, RegisterProgress, ingest
from gatewatch.pipeline.writer import Writer

__all__ = ["RegisterOutcome", "RegisterProgress", "Writer", "decide", "ingest"]
