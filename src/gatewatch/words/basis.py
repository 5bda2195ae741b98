"""On what a restriction rests, beside the law and the reason that are told first."""

from gatewatch.cases.basis import taken_from
from gatewatch.cases.case import Case
from gatewatch.model.message import Message, message
from gatewatch.words.comparison import cited


def beside(case: Case, about: str) -> tuple[Message, ...]:
    """Of which measure the law (`ground`) or the reason (`reason`) told was said, where another one
    brought the state; and what other measures rest on, which stands beside it."""
    day = taken_from(case, about)
    told = [message("named for another measure ({day})", day=day)] if day else []
    for one in case.beside:
        if one.about == about:
            what = cited(one.value) if about == "ground" else one.name
            told.append(
                message("also {what}, by another measure ({day})", what=what, day=one.since)
            )
    return tuple(told)
