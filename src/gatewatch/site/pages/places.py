"""A jurisdiction in a page's address."""

from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.site.problem import ProblemError


def place_of(code: str) -> str:
    """Its code in capitals; 404 for what is none."""
    try:
        return Jurisdiction.parse(code).code
    except UsageError as fault:
        raise ProblemError(404, str(fault)) from fault
