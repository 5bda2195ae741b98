"""What a register answers, as evidence that may be shown: paths withheld by ground."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from gatewatch.analysis.registers.lookup import How, MatchCoverage
from gatewatch.analysis.registers.standing import ListingState, Why
from gatewatch.cases.case import Listed, OnRegister
from gatewatch.model import selector as selectors
from gatewatch.model.history import entered_under
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector
from gatewatch.model.service import Service
from gatewatch.query.standings import Match, Meetings, RegisterAnswer, RegisterQuestion, answers

_OWN = frozenset(
    {How.HOST, How.MASK, How.MASK_APEX, How.PARENT, How.URL_ON_HOST, How.ADDRESS, How.PREFIX}
)
_ORDER = ["listed", "listed_in_part", "insufficient", "delisted", "not_listed"]


def on_register(one: RegisterAnswer, question: RegisterQuestion) -> OnRegister:
    """One register's answer about one name."""
    register = question.registers[one.register]
    return OnRegister(
        register=one.register,
        title=register.title,
        authority=register.authority,
        zone=register.time_zone,
        restated=register.restated,
        restates=register.restates or "",
        beyond_part=one.why == Why.BEYOND_PART,
        part_of=(register.part and register.part.of) or "",
        leaves_subdomains=register.leaves_subdomains,
        state="delisted" if one.delisted and one.state == ListingState.NOT_LISTED else one.state,
        known_state="delisted" if one.delisted else one.known_state,
        known=one.known,
        published=one.published,
        as_last=as_last(one, question.moment),
        overdue=overdue(one, register, question.moment),
        listings=tuple(_evidence(match, register, question) for match in one.matches),
    )


def as_last(one: RegisterAnswer, moment: Moment) -> bool:
    """Whether the state is told by a list published before the day asked about, the last held."""
    return (
        one.why == Why.LAST_PUBLISHED
        and one.state != ListingState.INSUFFICIENT
        and one.known is not None
        and one.known < moment.day
    )


def overdue(one: RegisterAnswer, register: Register, moment: Moment) -> bool:
    """Whether by the register's cadence a later state was expected by the time asked about."""
    end = min(moment.span(register.zone)[1], moment.as_of_in(register.zone), moment.now or _NEVER)
    return one.last is not None and end - one.last > register.patience


_NEVER = datetime.max.replace(tzinfo=UTC)


def _evidence(found: Match, register: Register, question: RegisterQuestion) -> Listed:
    """As `listed`, made once for a question."""
    shown = question.shown.get(id(found))
    if shown is None:
        # with what it was made of, or another could come to bear its identity
        shown = question.shown[id(found)] = found, listed(found, register)
    return shown[1]


def listed(found: Match, register: Register) -> Listed:
    """A listing that met the name."""
    listing, entry = found.listing, found.shown.entry
    act = entry.decision
    body = act.body if act else None
    return Listed(
        entered_under=entered_under(listing, entry, register),
        register=listing.register,
        entry=listing.entry_id,
        selector=value(listing.selector, withhold=withholds(listing.entry, register.redaction)),
        came=listing.came,
        went=listing.went,
        how=str(found.how),
        coverage=str(found.coverage),
        state=str(found.state),
        entered=entry.included_at,
        removed=listing.entry.removed_at,
        body=register.bodies.get(body or "", body),
        number=act.number if act else None,
        decided=act.date if act else None,
        ground=entry.ground,
    )


OnRegisters = dict[tuple[str, str], tuple[OnRegister, ...]]
"""By service and jurisdiction, each of its registers."""


class Name(msgspec.Struct, frozen=True):
    """A name under which registers would list a service."""

    service: str
    selector: Selector
    own: bool
    """It stands for the service, and is not merely what its programs connect to."""


def names_of(service: Service) -> list[Name]:
    """Its families of hosts with their `www.`, and hosts and addresses that its programs connect
    to."""
    own = [name for domain in service.domains for name in (domain, f"www.{domain}")]
    hosts = dict.fromkeys([*own, *service.hosts, *service.addresses])
    return [Name(service.id, selectors.named(h), h in service.domains) for h in hosts]


def by_service(met: Sequence[tuple[Name, Meetings]], question: RegisterQuestion) -> OnRegisters:
    """What each register says of services, from what met their names."""
    told: dict[str, list[tuple[tuple[RegisterAnswer, ...], bool]]] = {}
    for name, found in met:
        told.setdefault(name.service, []).append(
            (answers(name.selector, found, question), name.own)
        )
    found_on: OnRegisters = {}
    for service, said in told.items():
        for place, register in enumerate(question.registers.values()):
            mine = [(by[place], own) for by, own in said]
            key = (service, register.jurisdiction)
            one = together(mine, question)
            found_on[key] = (*found_on.get(key, ()), one)
    return found_on


def together(said: Sequence[tuple[RegisterAnswer, bool]], question: RegisterQuestion) -> OnRegister:
    """One register's answers about all names of a service, as one. The flag: it is a name of the
    service itself, and not merely one that its programs connect to."""
    each = ((on_register(one, question), own) for one, own in said)
    told = [one if own else _in_part(one) for one, own in each]
    best = min(
        told,
        key=lambda one: (
            one.beyond_part,
            _ORDER.index(one.state),
            _ORDER.index(one.known_state),
        ),
    )
    return msgspec.structs.replace(best, listings=tuple(_each_once(told)))


def _in_part(one: OnRegister) -> OnRegister:
    """What is listed of a host that only programs use is a part of the service."""
    part = {"listed": "listed_in_part"}
    return msgspec.structs.replace(
        one,
        state=part.get(one.state, one.state),
        known_state=part.get(one.known_state, one.known_state),
        listings=tuple(
            msgspec.structs.replace(li, coverage=str(MatchCoverage.PART))
            if li.coverage == MatchCoverage.WHOLE
            else li
            for li in one.listings
        ),
    )


def _each_once(told: Iterable[OnRegister]) -> Iterable[Listed]:
    """Each listing once, as it covers most."""
    found: dict[tuple[str, str, object], Listed] = {}
    for one in told:
        for held in one.listings:
            key = (held.entry, held.selector, held.came.by)
            if held.how not in _OWN:
                continue
            if key not in found or _WIDE.index(held.coverage) < _WIDE.index(found[key].coverage):
                found[key] = held
    return found.values()


_WIDE: list[str] = [MatchCoverage.WHOLE, MatchCoverage.PART, MatchCoverage.RELATED]
