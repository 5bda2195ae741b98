"""On what a restriction rests, beside the law and the reason that are told first."""

from gatewatch.cases.basis import accepted, taken_from
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


def of_law(case: Case, law: str) -> Message | None:
    """How a case that names a law rests on it, where that is not all there is to say."""
    for one in case.beside:
        if one.about == "ground" and one.value == law:
            return message("by another measure ({day})", day=one.since)
    if case.ground.tie or law not in {position.value for position in accepted(case.ground)}:
        return message("by some sources; others name another law")
    day = taken_from(case, "ground")
    return message("named for another measure ({day})", day=day) if day else None
