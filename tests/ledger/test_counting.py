"""The count of verdicts, as an expression and as the SQL that is kept."""

from importlib.resources import files

from gatewatch.ledger import counting
from gatewatch.ledger.tallies import COUNTING


def test_the_sql_is_the_expression() -> None:
    """What DuckDB runs is what the expression says: `make docs` writes it anew after a change."""
    assert (files("gatewatch.ledger") / COUNTING).read_text(encoding="utf-8") == counting.sql()
