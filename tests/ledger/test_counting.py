"""The count of verdicts, as an expression and as the SQL that is kept."""

from importlib.resources import files

from gatewatch.ledger import counting
from gatewatch.ledger.tallies import COUNTING, COUNTING_ON_SPARK


def test_the_sql_is_the_expression() -> None:
    """What DuckDB and Spark run is what the expression says: `make docs` writes both anew after a
    change."""
    for name, said in ((COUNTING, counting.sql()), (COUNTING_ON_SPARK, counting.spark_sql())):
        assert (files("gatewatch.ledger") / name).read_text(encoding="utf-8") == said
