"""Is it listed? What registers alone say of names: all that a pipe of plain lines is told."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from gatewatch.analysis.registers import standing
from gatewatch.analysis.registers.standing import ListingState, Why
from gatewatch.errors import UsageError
from gatewatch.model import selector as selectors
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector
from gatewatch.query import standings
from gatewatch.query.moments import of_registers
from gatewatch.query.standings import Meetings, RegisterAnswer, RegisterQuestion

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger

Found = TypeVar("Found")
FEW = 3
"""Up to how many selectors at once are told with what lies beside them; more are a list."""


class OfRegisters(msgspec.Struct, frozen=True, kw_only=True):
    """What registers say of one name. `Answer` adds what the other layers say."""

    asked: str
    selector: Selector
    state: str
    """Over all registers asked: listed, listed_in_part, not_listed or insufficient."""
    moment: Moment
    registers: tuple[RegisterAnswer, ...]
    declared: Mapping[str, Register] = {}
    """The registers asked, by their ids, as the ledger holds their declarations."""

    @property
    def telling(self) -> RegisterAnswer | None:
        """The register that says why the answer is what it is: of those that do not list the name
        one that listed it when last known, then one that may cover it."""
        return min(
            self.registers,
            key=lambda one: (
                one.state != self.state,
                not one.known_state.startswith("listed"),
                one.why != Why.ABOVE_PERHAPS,
            ),
            default=None,
        )


class Refused(msgspec.Struct, frozen=True):
    """A line of many that is no selector: it costs nobody else their answer."""

    asked: str
    line: int
    """Which of those asked it was, from 1."""
    error: str


def on_registers(
    ledger: "OpenedLedger",
    asked: Sequence[str],
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
) -> list[OfRegisters | Refused]:
    """An answer for each, with a bad line in its place and not in the way of others. Neither the
    catalogue nor any measurement is read for it."""

    def answer(good: Sequence[tuple[str, Selector]]) -> list[OfRegisters]:
        question = standings.question(ledger, of_registers(ledger, moment), jurisdiction)
        found = meet(ledger, question, [selector for _, selector in good])
        return [
            OfRegisters(asked=text, selector=selector, **stated(selector, met, question))
            for (text, selector), met in zip(good, found, strict=True)
        ]

    return in_their_places(asked, answer)


def in_their_places(
    asked: Sequence[str], answer: Callable[[Sequence[tuple[str, Selector]]], Sequence[Found]]
) -> list[Found | Refused]:
    """What `answer` finds for those that are selectors, and a refusal for each that is none."""
    good: list[tuple[str, Selector]] = []
    bad: dict[int, Refused] = {}
    for place, text in enumerate(asked):
        try:
            good.append((text, selectors.parse(text)))
        except UsageError as fault:
            bad[place] = Refused(text, place + 1, str(fault))
    found = iter(answer(good) if good else ())
    return [bad[place] if place in bad else next(found) for place in range(len(asked))]


def meet(
    ledger: "OpenedLedger",
    question: RegisterQuestion,
    given: Sequence[Selector],
    more: Sequence[Selector] = (),
    *,
    sideways: bool | None = None,
) -> list[Meetings]:
    """The listings that meet each selector, those given first. `sideways`: as of `check`."""
    beside = len(given) <= FEW if sideways is None else sideways
    return standings.meetings(
        ledger,
        [*given, *more],
        question.moment,
        question.registers,
        sideways=given if beside else (),
    )


def stated(selector: Selector, met: Meetings, question: RegisterQuestion) -> dict[str, Any]:
    """What each register says, by the fields of an answer, and over all of them."""
    by_register = standings.answers(selector, met, question)
    weighing = standings.weighing(by_register, question.registers)
    return {
        "state": standing.overall([ListingState(by.state) for by in weighing]),
        "moment": question.moment,
        "registers": by_register,
        "declared": question.registers,
    }
