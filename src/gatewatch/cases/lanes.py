"""A case's five lanes as data: the state of each, the day of its evidence, one line, its items."""

from collections.abc import Sequence
from datetime import date

import msgspec

from gatewatch.cases.actions import action
from gatewatch.cases.case import (
    Case,
    Duty,
    Listed,
    Measured,
    Network,
    OnRegister,
    ReportedDay,
    Step,
    WouldLift,
    faded,
)
from gatewatch.cases.evidence import when
from gatewatch.cases.state import surely
from gatewatch.model.day import UNKNOWN, Day
from gatewatch.model.lane import Lane, LaneName, Lanes
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import defanged
from gatewatch.model.report import Reported
from gatewatch.model.states import Action, State

_SAID_ACTS = frozenset(
    {
        Action.BLOCKED,
        Action.THROTTLED,
        Action.PARTIALLY_BLOCKED,
        Action.RESTORED,
        Action.ANNOUNCED,
        Action.DENIED,
        Action.WARNED,
    }
)
_PAPER = frozenset({Action.LISTED, Action.DELISTED})
_ON_LISTS = _PAPER | {Action.REGISTERED}


def lane_of(one: Step) -> LaneName:
    """The one lane in which a step is told."""
    if one.by == "network":
        return LaneName.NETWORK
    if one.action in _ON_LISTS:
        return LaneName.LISTINGS
    return LaneName.CLAIMS if one.action in _SAID_ACTS else LaneName.OBLIGATIONS


SAID: dict[State, Message] = {
    State.UNKNOWN: message("no state on record"),
    State.UNRESTRICTED: message("unrestricted"),
    State.OBLIGATED: message("under a duty"),
    State.DEMANDED: message("under a demand"),
    State.LISTED: message("listed"),
    State.PARTLY_RESTRICTED: message("partly restricted"),
    State.RESTRICTED: message("restricted"),
    State.LIFTED: message("no longer restricted"),
}


def lanes(one: Case) -> Lanes:
    """The five, in the order of `LaneName`."""
    return (
        obligations(one),
        claims(one),
        listings(one.registers, one.steps, one.valid_at),
        network(one.network),
        reports(one.reports, one.valid_at),
    )


def obligations(one: Case) -> Lane:
    """Duties that the law puts on the service, and what would lift the restriction."""
    duties = one.duties
    steps = tuple(s for s in one.steps if lane_of(s) == LaneName.OBLIGATIONS)
    return Lane(
        name=LaneName.OBLIGATIONS,
        state="in_force" if duties else "none",
        last_known=None,
        known_state="in_force" if duties else "none",
        summary=_asked(duties, one.would_lift),
        items=(*duties, *steps),
    )


def _asked(duties: Sequence[Duty], lift: WouldLift | None) -> Message:
    if not duties:
        return message("no law on record asks anything of it")
    by = {d.instrument.id: d.instrument for d in duties}
    law = by.get(lift.instrument) if lift else None
    if lift and law and lift.done:
        return message("{law}: {lifts}. This was done", law=law.short, lifts=lift.text.rstrip("."))
    if lift and law:
        return message(
            "{law}: {lifts}. That would lift it; it is not known to be done",
            law=law.short,
            lifts=lift.text.rstrip("."),
        )
    last = duties[-1].instrument
    return message(
        "{law} asks something of it",
        "{n} laws ask something of it, {law} among them",
        n=len(duties),
        law=last.short,
    )


def claims(one: Case) -> Lane:
    """The state by what sources say, which fades with the age of the newest."""
    state, known = one.said, one.last_source
    told = tuple(s for s in one.steps if lane_of(s) == LaneName.CLAIMS)
    if known is None:
        return Lane(
            name=LaneName.CLAIMS,
            state="none",
            last_known=None,
            known_state="none",
            summary=message("no source is held"),
        )
    rests_on = min(known, one.valid_at)
    return Lane(
        name=LaneName.CLAIMS,
        state=state,
        last_known=rests_on,
        known_state=state,
        faded=faded(known, one.valid_at),
        summary=_told(one, rests_on),
        items=told,
    )


def _told(one: Case, rests_on: date) -> Message:
    said = SAID[one.said]
    parts: list[Message] = []
    if one.said == State.UNKNOWN and one.steps:
        parts.append(acts(one))
    elif one.said_since and one.said_since.text:
        parts.append(since(said, one.said_since))
    else:
        parts.append(said)
    if faded(one.last_source, one.valid_at):
        parts.append(message("by the last source, of {day}", day=rests_on))
    else:
        parts.append(message("by {n} source", "by {n} sources", n=len(one.sources)))
    disputed = [
        name
        for name, asked in (
            (message("day"), any(s.disputed for s in one.steps)),
            (message("law"), one.ground.disputed),
            (message("reason"), one.reason.disputed),
        )
        if asked
    ]
    if disputed:
        parts.append(message("disputed: {what}", what=tuple(disputed)))
    return joined(parts)


def since(state: Message, day: Day) -> Message:
    """A state with the day it began, or the days between which it did."""
    if day.exact or day.precision in {"month", "year"}:
        return message("{state} since {day}", state=state, day=day)
    return message("{state}, begun {day}", state=state, day=day)


def acts(one: Case) -> Message:
    """What was done, where nobody says whether it took effect."""
    last = next(
        (
            s
            for s in reversed(one.steps)
            if not s.inferred and (surely(s.day) or date.max) <= one.valid_at
        ),
        None,
    )
    if last is None:
        return message("nothing yet; sources tell of later days")
    if last.action == Action.ORDERED and last.day.exact:
        return message("ordered on {day}; whether it took effect is not on record", day=last.day)
    if last.action == Action.ORDERED:
        return message("ordered ({day}); whether it took effect is not on record", day=last.day)
    return message(
        "{what} ({day}); where access stands is not on record", what=action(last), day=last.day
    )


def joined(parts: Sequence[Message]) -> Message:
    """Some messages as one line."""
    return parts[0] if len(parts) == 1 else message("{parts}", parts=tuple(parts))


def listings(registers: Sequence[OnRegister], steps: Sequence[Step], valid_at: date) -> Lane:
    """What official lists say: registers that are held, else what sources say of them."""
    told = [s for s in steps if s.action in _PAPER and s.claims and not s.duty]
    steps = tuple(s for s in steps if lane_of(s) == LaneName.LISTINGS)
    items = (*(li for r in registers for li in r.listings), *steps)
    said = _on_paper(told, items, valid_at)
    if not registers:
        return said
    best = min(weighing(registers), key=_rank)
    lane = Lane(
        name=LaneName.LISTINGS,
        state=best.state,
        last_known=best.known,
        known_state=best.known_state,
        summary=_all_registered(best, registers),
        items=items,
    )
    if not blind(best) or said.last_known is None:
        return lane
    # Registers leave it open, so that the state is not known; what sources say is known last.
    return msgspec.structs.replace(
        lane,
        last_known=said.last_known,
        known_state=said.known_state,
        by_sources=True,
        summary=message("{registers}; {sources}", registers=lane.summary, sources=said.summary),
    )


def weighing(registers: Sequence[OnRegister]) -> list[OnRegister]:
    """Those that one answer rests on: a part that is silent weighs nothing beside the whole."""
    held = {one.register for one in registers}
    return [one for one in registers if not (one.beyond_part and one.part_of in held)]


def blind(one: OnRegister) -> bool:
    """Whether a register tells neither what is nor what was."""
    return one.state == one.known_state == "insufficient"


_ORDER = ["listed", "listed_in_part", "insufficient", "delisted", "not_listed"]
"""A listing anywhere, then what is not known, as `overall` of analysis/registers/standing.py has
it."""


def _rank(one: OnRegister) -> tuple[int, int, bool]:
    """What a reader is told first: of two of one state what was a listing when last known."""
    return _ORDER.index(one.state), _ORDER.index(one.known_state), one.beyond_part


def _all_registered(best: OnRegister, registers: Sequence[OnRegister]) -> Message:
    """What decides; and where that leaves it open, from which other list it was taken."""
    off = next((one for one in registers if one.state == "delisted"), None)
    if best.state != "insufficient" or off is None:
        return _registered(best)
    return message("{registers}; {sources}", registers=_registered(off), sources=_registered(best))


def _registered(one: OnRegister) -> Message:
    mine = [li for li in one.listings if li.coverage != "related"]
    if one.state in {"listed", "listed_in_part"}:
        held = next((li for li in mine if li.state == "listed"), mine[0])
        words = (
            _entered(one, held)
            if one.state == "listed"
            else message("in part {in_it}", in_it=_entered(one, held))
        )
        return joined([words, *_act(held)])
    if one.state == "delisted":
        held = max((li for li in mine if li.went), key=lambda li: _last(gone(li, one.zone)))
        day = _gone(held, one.zone)
        if day.exact:
            return message("taken off {register} on {day}", register=one.title, day=day)
        return message("taken off {register} {day}", register=one.title, day=day)
    if one.state == "not_listed":
        return _not_listed(one)
    return _last_published(one)


_BESIDE = frozenset({"parent domain", "the mask's own domain"})


def _entered(one: OnRegister, held: Listed) -> Message:
    day = came(held, one.zone)
    if day.exact:
        return message("in {register} since {day}", register=one.title, day=day)
    return message("in {register}, entered {day}", register=one.title, day=day)


def _not_listed(one: OnRegister) -> Message:
    """Never bare where a domain above it stands: whether that reaches it is the register's
    practice."""
    above = next((li for li in one.listings if li.how in _BESIDE and li.state == "listed"), None)
    if above is None:
        return message("not in {register}", register=one.title)
    if one.leaves_subdomains:
        return message(
            "not by this name in {register}; {other} is, which does not cover it there",
            register=one.title,
            other=defanged(above.selector),
        )
    return message(
        "not by this name in {register}; {other} is, and the register does not say that it covers it",
        register=one.title,
        other=defanged(above.selector),
    )


def _last_published(one: OnRegister) -> Message:
    if one.beyond_part:
        return message(
            "not known: {register} restates only a part of a list, and this is not of that part",
            register=one.title,
        )
    if one.known is None:
        return message("nothing is held of {register} by that day", register=one.title)
    if one.known_state in {"listed", "listed_in_part"}:
        return message(
            "in {register} when last published, on {day}; not known since",
            register=one.title,
            day=one.known,
        )
    if one.known_state == "insufficient":
        return message("whether it is in {register} is not known", register=one.title)
    return message(
        "not in {register} when last published, on {day}; not known since",
        register=one.title,
        day=one.known,
    )


def _last(day: Day | None) -> date:
    return (day and day.last) or date.min


def _gone(held: Listed, zone: str) -> Day:
    return gone(held, zone) or UNKNOWN


def _act(held: Listed) -> list[Message]:
    named = ", ".join(filter(None, (held.body, held.number)))
    if not named:
        return []
    if held.decided:
        return [message("decision: {act}, of {day}", act=named, day=_iso(held.decided))]
    return [message("decision: {act}", act=named)]


def _iso(text: str) -> date | str:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return text


def came(held: Listed, zone: str) -> Day:
    """When it came: a day of the register's, or between two."""
    return when(held, zone, Action.LISTED)


def gone(held: Listed, zone: str) -> Day | None:
    """When it was taken off, if it was."""
    return when(held, zone, Action.DELISTED) if held.went else None


def _on_paper(told: Sequence[Step], items: tuple[msgspec.Struct, ...], valid_at: date) -> Lane:
    """Where the service stands on lists by what sources say of them."""
    state, known, last = "none", None, None
    for one in told:
        day = surely(one.day)
        if one.scope != "whole" or not day or day > valid_at:
            continue
        if one.action == Action.LISTED:
            state, known, last = "listed", day, one
        elif state == "listed":
            state, known, last = "delisted", day, one
    words = message("no register of this jurisdiction is held")
    if last and last.day.exact:
        words = (
            message("listed on {day}, by what sources say", day=last.day)
            if state == "listed"
            else message("taken off on {day}, by what sources say", day=last.day)
        )
    elif last:
        words = (
            message("listed ({day}), by what sources say", day=last.day)
            if state == "listed"
            else message("taken off ({day}), by what sources say", day=last.day)
        )
    return Lane(
        name=LaneName.LISTINGS,
        state=state,
        last_known=known,
        known_state=state,
        by_sources=last is not None,
        summary=words,
        items=items,
    )


MADE = message("invented for show, nobody measured or sent it")


def network(one: Network) -> Lane:
    """What measurements show."""
    measured = (
        (Measured(one.networks, one.first, one.last, one.made),) if one.first and one.last else ()
    )
    return Lane(
        name=LaneName.NETWORK,
        state=one.state,
        last_known=one.known,
        known_state=one.known_state,
        summary=_measured(one),
        items=(*one.blocks, *one.silences, *measured),
    )


def _measured(one: Network) -> Message:
    if one.first is None or one.last is None:
        return message("nothing is measured: neither confirmed nor contradicted")
    if one.known is None:
        return message("measured only later, from {day} on", day=one.first)
    parts = [_seen(one), *([MADE] if one.made else [])]
    if one.state == "insufficient" or one.last < one.known:
        parts.append(message("last measured on {day}", day=one.known))
    if one.silent:
        parts.append(message("measurements that were expected did not come"))
    return joined(parts)


def _seen(one: Network) -> Message:
    block = one.episode
    if one.known_state == "blocked" and block:
        onset = Bracket(block.onset_earliest, block.onset_latest)
        return message(
            "blocked on {networks} of {n} network since {when}",
            "blocked on {networks} of {n} networks since {when}",
            networks=len(block.networks),
            n=block.measured,
            when=onset,
        )
    if one.known_state == "reachable":
        return message("reachable on {n} network", "reachable on {n} networks", n=one.networks)
    return message("measured on {n} network", "measured on {n} networks", n=one.networks)


def reports(known: Reported, valid_at: date) -> Lane:
    """What users sent, where as many did that a number may be shown."""
    upto = [(day, n) for day, n in known.days if day <= valid_at]
    last = upto[-1] if upto else None
    state = "none" if not known.days else "reported" if last and last[0] == valid_at else "too_few"
    return Lane(
        name=LaneName.REPORTS,
        state=state,
        last_known=last[0] if last else None,
        known_state="reported" if last else state,
        summary=_reported(last, known),
        items=(*known.surges, *(ReportedDay(day, n) for day, n in known.days)),
    )


def _reported(last: tuple[date, int] | None, known: Reported) -> Message:
    if last is None:
        return message("on no day did enough people report it for a number to be shown")
    told = message("{n} person on {day}", "{n} people on {day}", n=last[1], day=last[0])
    made = [MADE] if known.made else []
    surge = next((s for s in known.surges if s.first.date() <= last[0] <= s.last.date()), None)
    if surge is None:
        return joined([told, *made])
    return joined([told, message("far above the weeks before"), *made])
