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
from gatewatch.model.claim import Effect
from gatewatch.model.day import UNKNOWN, Day
from gatewatch.model.documentation import INVENTED
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
_ENDS = frozenset({Action.REVOKED, Action.RESTORED})
"""What ends a listing that sources tell of, though no source tells that it was taken off."""


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
        state="in_force" if any(not d.over for d in duties) else "none",
        last_known=None,
        known_state="in_force" if any(not d.over for d in duties) else "none",
        summary=_asked(duties, one.would_lift),
        items=(*duties, *steps),
    )


def _asked(duties: Sequence[Duty], lift: WouldLift | None) -> Message:
    standing = [d for d in duties if not d.over]
    if duties and not standing:
        last = duties[-1].instrument
        return message(
            "{law} (ended {day}) asks nothing any more",
            law=last.short,
            day=last.ended or UNKNOWN,
        )
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
    last = standing[-1].instrument
    return message(
        "{law} asks something of it",
        "{n} laws ask something of it, {law} among them",
        n=len(standing),
        law=last.short,
    )


def claims(one: Case) -> Lane:
    """The state by what sources say, which fades with the age of the newest that tells of it."""
    state, known = one.said, one.said_last
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
    old = faded(known, one.valid_at)
    # What is announced is known of the day it begins on, and of none before.
    begun = one.said_since.first if one.said_since else None
    return Lane(
        name=LaneName.CLAIMS,
        state="insufficient" if old else state,
        last_known=max(rests_on, begun or rests_on),
        known_state=state,
        faded=old,
        summary=_told(one, rests_on),
        items=told,
    )


def _told(one: Case, rests_on: date) -> Message:
    said = SAID[one.said]
    parts: list[Message] = []
    told = [step for step in one.steps if not step.by]
    if one.said == State.UNKNOWN and told:
        parts.append(acts(told, one.valid_at))
    elif one.said_since and one.said_since.text:
        parts.append(since(said, one.said_since))
    else:
        parts.append(said)
    if not one.said_origins:
        pass  # what is said already names no source of that day
    elif faded(one.said_last, one.valid_at):
        parts.append(message("by the last source, of {day}", day=rests_on))
    elif rests_on < one.valid_at:
        told_by = message(
            "by {n} source, of {day}",
            "by {n} sources, the last of {day}",
            n=one.said_origins,
            day=rests_on,
        )
        parts.append(told_by)
    else:
        parts.append(message("by {n} source", "by {n} sources", n=one.said_origins))
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


def acts(steps: Sequence[Step], valid_at: date) -> Message:
    """What was done, where nobody says whether it took effect."""
    done = [s for s in steps if not s.inferred and (surely(s.day) or date.max) <= valid_at]
    if not done:
        return message("nothing yet; sources tell of later days")
    last = _order(done) or done[-1]
    if last.action == Action.ORDERED and last.effect == Effect.LIFT:
        return _done(last)
    if last.action == Action.ORDERED and last.day.exact:
        return message("ordered on {day}; whether it took effect is not on record", day=last.day)
    if last.action == Action.ORDERED:
        return message("ordered ({day}); whether it took effect is not on record", day=last.day)
    return _done(last)


def _done(one: Step) -> Message:
    return message(
        "{what} ({day}); where access stands is not on record", what=action(one), day=one.day
    )


_NO_WORD = frozenset({Action.ANNOUNCED, Action.WARNED, Action.FINED})
"""What tells neither that an order before it took effect nor that it was lifted."""


def _order(done: Sequence[Step]) -> Step | None:
    """The newest order for a restriction, if no later step says what became of it."""
    for one in reversed(done):
        restricts = one.scope in {"whole", "part"} and one.effect in {"", Effect.IMMEDIATE}
        if one.action == Action.ORDERED and restricts:
            return one
        if one.action not in _NO_WORD:
            return None
    return None


def joined(parts: Sequence[Message]) -> Message:
    """Some messages as one line."""
    return parts[0] if len(parts) == 1 else message("{parts}", parts=tuple(parts))


def listings(registers: Sequence[OnRegister], steps: Sequence[Step], valid_at: date) -> Lane:
    """What official lists say: registers that are held, else what sources say of them."""
    told = [s for s in steps if s.action in _PAPER | _ENDS and s.claims and not s.duty]
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
        published=best.published,
        as_last=best.as_last,
        perhaps=_above(best) is not None and not best.leaves_subdomains,
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
        published=None,
        as_last=False,
        by_sources=True,
        faded=said.faded,
        perhaps=False,
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


_ON_IT = frozenset({"listed", "listed_in_part"})


def _rank(one: OnRegister) -> tuple[int, int, bool, bool, date]:
    """What a reader is told first: of two of one state what was a listing when last known, and what
    may be covered by a name above it; of lists that all lack it the oldest, up to which that is
    known."""
    open_above = _above(one) is not None and not one.leaves_subdomains
    return (
        _ORDER.index(one.state),
        _ORDER.index(one.known_state),
        one.beyond_part,
        not open_above,
        date.min if one.state in _ON_IT else one.known or date.max,
    )


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
        return joined([words, *_as_last(one), *_act(held)])
    if one.state == "delisted":
        held = max((li for li in mine if li.went), key=lambda li: _last(gone(li, one.zone)))
        day = _gone(held, one.zone)
        if day.exact:
            return message("taken off {register} on {day}", register=one.title, day=day)
        return message("taken off {register} {day}", register=one.title, day=day)
    if one.state == "not_listed":
        return joined([_not_listed(one), *_as_last(one)])
    return _last_published(one)


def _as_last(one: OnRegister) -> list[Message]:
    """The day of the list that a state is told by, where the day asked about is a later one."""
    if not one.as_last or one.known is None:
        return []
    return [message("as last published, on {day}", day=published(one.published, one.known))]


_BESIDE = frozenset({"parent domain", "the mask's own domain"})


def _entered(one: OnRegister, held: Listed) -> Message:
    day = came(held, one.zone)
    if day.exact:
        return message("in {register} since {day}", register=one.title, day=day)
    return message("in {register}, entered {day}", register=one.title, day=day)


def _not_listed(one: OnRegister) -> Message:
    """Never bare where a domain above it stands: whether that reaches it is the register's
    practice."""
    above = _above(one)
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


def _above(one: OnRegister) -> Listed | None:
    """What is listed above a name that is not, or was when last published."""
    if one.known_state != "not_listed":
        return None
    current = one.state == "not_listed"
    stands = (li for li in one.listings if li.how in _BESIDE)
    return next((li for li in stands if (li.state == "listed" if current else not li.went)), None)


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
            day=published(one.published, one.known),
        )
    if one.known_state == "insufficient":
        return message("whether it is in {register} is not known", register=one.title)
    above = _above(one)
    if above and one.leaves_subdomains:
        return message(
            "not by this name in {register} when last published, on {day}; {other} was, which does not cover it there; not known since",
            register=one.title,
            day=published(one.published, one.known),
            other=defanged(above.selector),
        )
    if above:
        return message(
            "not by this name in {register} when last published, on {day}; {other} was, and the register does not say that it covers it; not known since",
            register=one.title,
            day=published(one.published, one.known),
            other=defanged(above.selector),
        )
    return message(
        "not in {register} when last published, on {day}; not known since",
        register=one.title,
        day=published(one.published, one.known),
    )


def published(day: date | None, known: date) -> Message:
    """When a list was last published; and, if only that came later, when it was last checked."""
    if day is None or day >= known:
        return message("{day}", day=known)
    return message("{day} (unchanged when last checked, on {checked})", day=day, checked=known)


def _last(day: Day | None) -> date:
    return (day and day.last) or date.min


def _gone(held: Listed, zone: str) -> Day:
    return gone(held, zone) or UNKNOWN


def _act(held: Listed) -> list[Message]:
    named = ", ".join(filter(None, (held.body, held.number)))
    if not named:
        return []
    if held.entered_under:
        return [
            message("under {first} then, under {act} since", first=held.entered_under, act=named)
        ]
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


class _Claimed(msgspec.Struct, frozen=True):
    """Where a service stands on lists by what sources say of them."""

    state: str = "none"
    known: date | None = None
    last: Step | None = None
    """The entry, or what took it off."""
    back: Step | None = None
    """Access came back while the entry stood; whether the list was changed is another matter."""

    def after(self, one: Step, day: date) -> "_Claimed":
        stands = self.state in {"listed", "insufficient"}
        if one.action == Action.LISTED:
            return _Claimed("listed", day, one)
        if one.action == Action.RESTORED:
            is_listed = self.state == "listed"
            return _Claimed("insufficient", day, self.last, one) if is_listed else self
        # Taken off is said of a list, and so tells more than that the order is revoked.
        told_before = stands or (self.last and self.last.action == Action.REVOKED)
        if one.action == Action.DELISTED and told_before:
            return _Claimed("delisted", day, one)
        return _Claimed("delisted", day, one) if stands else self

    @property
    def words(self) -> Message:
        one, back = self.last, self.back
        if one is None:
            return message("no register of this jurisdiction is held")
        if back:
            return message(
                "listed ({day}), by what sources say; access restored ({back}); whether it was taken off is not on record",
                day=one.day,
                back=back.day,
            )
        if one.action == Action.REVOKED:
            return message("order revoked ({day}), by what sources say", day=one.day)
        if one.day.exact:
            return (
                message("listed on {day}, by what sources say", day=one.day)
                if self.state == "listed"
                else message("taken off on {day}, by what sources say", day=one.day)
            )
        return (
            message("listed ({day}), by what sources say", day=one.day)
            if self.state == "listed"
            else message("taken off ({day}), by what sources say", day=one.day)
        )


def _on_paper(told: Sequence[Step], items: tuple[msgspec.Struct, ...], valid_at: date) -> Lane:
    """The lane by what sources say of lists."""
    found = _Claimed()
    for one in told:
        day = surely(one.day)
        idle = one.scope != "whole" or one.effect in {Effect.NONE, Effect.RUMOUR}
        if day and day <= valid_at and not idle:
            found = found.after(one, day)
    old = faded(found.known, valid_at)
    return Lane(
        name=LaneName.LISTINGS,
        state="insufficient" if old else found.state,
        last_known=found.known,
        known_state=found.state,
        by_sources=found.last is not None,
        faded=old,
        summary=message("{listing}; not known since", listing=found.words) if old else found.words,
        items=items,
    )


def network(one: Network, borrowed: str = "") -> Lane:
    """What measurements show. `borrowed`: the service whose they are, where nothing was measured of
    the name itself that is asked about."""
    measured = (
        (Measured(one.networks, one.first, one.last, one.invented),)
        if one.first and one.last
        else ()
    )
    return Lane(
        name=LaneName.NETWORK,
        state=one.state,
        last_known=one.known,
        known_state=one.known_state,
        by_service=bool(borrowed and measured),
        invented=one.invented,
        summary=_measured(one, borrowed),
        items=(*one.blocks, *one.silences, *measured),
    )


def _measured(one: Network, borrowed: str) -> Message:
    if one.first is None or one.last is None:
        return message("nothing is measured: neither confirmed nor contradicted")
    if one.known is None:
        return message("measured only later, from {day} on", day=one.first)
    parts = [_seen(one), *([INVENTED] if one.invented else [])]
    if borrowed:
        parts.append(message("measured of {service}, not of this name itself", service=borrowed))
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
        invented=known.invented,
        summary=_reported(last, known),
        items=(*known.surges, *(ReportedDay(day, n) for day, n in known.days)),
    )


def _reported(last: tuple[date, int] | None, known: Reported) -> Message:
    if last is None:
        return message("on no day did enough people report it for a number to be shown")
    told = message("{n} person on {day}", "{n} people on {day}", n=last[1], day=last[0])
    invented = [INVENTED] if known.invented else []
    surge = next((s for s in known.surges if s.first.date() <= last[0] <= s.last.date()), None)
    if surge is None:
        return joined([told, *invented])
    return joined([told, message("far above the weeks before"), *invented])
