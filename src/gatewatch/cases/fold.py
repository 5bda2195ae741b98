"""One service in one jurisdiction, folded into a case. Pure: evidence comes in as it is held."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from gatewatch.cases import basis, state
from gatewatch.cases.case import Case, Duty, Listed, Network, OnRegister, Step, WouldLift
from gatewatch.cases.evidence import bare, bears_out, by_network, by_registers
from gatewatch.cases.lanes import lanes
from gatewatch.cases.positions import Position, Question
from gatewatch.cases.sources import Sources, known_by, of_the_day, origins
from gatewatch.cases.steps import events, order, step
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model import day
from gatewatch.model.claim import Claim
from gatewatch.model.day import Day
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Moment
from gatewatch.model.report import Reported
from gatewatch.model.service import Instrument, Service
from gatewatch.model.states import Action, State

NOTHING_MEASURED = Network("insufficient", message("no measurement is held"), {}, 0)
_MEETS = frozenset({Action.COMPLIED, Action.REGISTERED})


def fold(
    catalogue: Catalogue,
    service: Service,
    jurisdiction: str,
    moment: Moment,
    *,
    registers: Sequence[OnRegister] = (),
    network: Network = NOTHING_MEASURED,
    reports: Reported = Reported(),  # noqa: B008 - frozen
) -> Case:
    """The case as it stood at a moment, from what had been published and recorded by then."""
    valid_at = moment.day
    told = catalogue.cases.get((service.id, jurisdiction), ())
    claims = known_by(told, moment, catalogue)
    sources = Sources(claims, catalogue.reported, catalogue.kind_of)
    reach = _reaching(catalogue, service, jurisdiction, valid_at)
    told_of = [step(e, sources, catalogue.lists) for e in events(claims)]
    shown = [*by_registers(registers, told_of, catalogue.lists), *by_network(network)]
    made = sorted([*told_of, *shown], key=order)
    made = _named_disputes(made, claims, sources)
    duty_since = min((i.since for i in reach if i.since.last), key=_last, default=None)
    made = _numbered(made)
    by_then = state.stays(made, duty_since)
    spell = state.spell(by_then, valid_at)
    rests = basis.of(made, claims, by_then, catalogue=catalogue, sources=sources, valid_at=valid_at)
    ground = rests.ground
    # What the law implies moves no state, so it may join the steps once the law is known.
    steps = _numbered(sorted([*made, *_by_law(catalogue, ground.held, made)], key=order))
    found = state.stays(steps, duty_since)
    now = state.at(found, valid_at)
    words = [s for s in steps if not s.by]
    said_stays = state.stays(words, duty_since)
    said = state.at(said_stays, valid_at)
    if not said.steps:  # what is so by law alone no source says
        said = state.at((), valid_at)
    # A text of what came later tells of this day nothing, whenever it was published.
    about_then = of_the_day(claims, valid_at)
    saying = state.bearing(words, said_stays, valid_at) if said.steps else []
    said_by = [c for c in claims if any(c.id in s.claims for s in saying)] or about_then
    said_last = sources.newest(said_by) or max(map(_held_by, saying), default=None)
    by_itself = (_held_by(s) for s in state.bearing(steps, found, valid_at) if s.by)
    used, left = _evidence(steps, registers, catalogue)
    found_case = Case(
        service=service,
        jurisdiction=jurisdiction,
        valid_at=valid_at,
        as_of=moment.published_day,
        state=now.state,
        since=now.since if now.state != State.UNKNOWN else None,
        stays=found,
        spell=spell,
        days=state.length(*spell) if spell else None,
        steps=used,
        ground=ground,
        reason=rests.reason,
        law_year=rests.law_year,
        measures=rests.measures,
        beside=rests.beside,
        duties=_duties(catalogue, reach, rests, used, valid_at=valid_at),
        would_lift=_would_lift(catalogue, ground, used, spell, valid_at=valid_at),
        network=network,
        listings=left,
        last_source=sources.last,
        sources=sources.all,
        origins=len(origins(about_then)),
        newest_origin=sources.newest(about_then),
        reports=reports,
        said=said.state,
        said_since=said.since if said.state != State.UNKNOWN else None,
        said_by=sources.numbers(said_by),
        said_last=said_last or sources.last,
        said_origins=len(origins(of_the_day(said_by, valid_at))),
        shown_last=max((min(one, valid_at) for one in by_itself), default=None),
        registers=tuple(registers),
    )
    return msgspec.structs.replace(found_case, lanes=lanes(found_case))


def _last(when: Day) -> date:
    return when.last or date.max


def _held_by(one: Step) -> date:
    """The day from which a step surely held."""
    return state.surely(one.day) or date.min


def _reaching(
    catalogue: Catalogue, service: Service, jurisdiction: str, valid_at: date
) -> list[Instrument]:
    """Instruments that ask something of a service of this kind, and were not over by a day."""
    return [
        one
        for one in catalogue.instruments_in.get(jurisdiction, ())
        if service.kind in one.kinds
        and not one.revises
        and not one.over(valid_at)
        and (one.abroad or service.home == jurisdiction)
    ]


def _numbered(steps: Iterable[Step]) -> list[Step]:
    return [msgspec.structs.replace(one, number=n) for n, one in enumerate(steps, 1)]


def _named_disputes(steps: list[Step], claims: list[Claim], sources: Sources) -> list[Step]:
    """Steps of which some claim says that it cannot be squared with them."""
    against = {other: claim for claim in claims for other in claim.disputes}
    found = []
    for one in steps:
        by = [against[name] for name in one.claims if name in against]
        found.append(
            msgspec.structs.replace(one, disputed=True, disputed_by=sources.numbers(by))
            if by
            else one
        )
    return found


def _by_law(catalogue: Catalogue, ground: Position | None, steps: list[Step]) -> list[Step]:
    """Steps that no claim tells of and that the instrument implies: it came into force, and a
    notice went out before the listing."""
    rule = catalogue.instruments.get(ground.value) if ground else None
    if rule is None:
        return []
    found = []
    if rule.in_force:
        found.append(
            _implied(
                "in_force",
                rule.since,
                message("{law} by its own text", law=rule.short),
            )
        )
    listed = next((s for s in steps if s.action == Action.LISTED and s.day.last), None)
    told = any(s.action in {Action.NOTIFIED, Action.DEMANDED} and s.scope == "whole" for s in steps)
    if rule.notice_days and listed and not told:
        why = message(
            "{law} sets a notice of at least {n} day; its day is not known",
            "{law} sets a notice of at least {n} days; its day is not known",
            law=rule.number,
            n=rule.notice_days,
        )
        latest = (listed.day.last or date.max) - timedelta(days=rule.notice_days)
        found.append(_implied(Action.NOTIFIED, day.parse(f"../{latest}"), why))
    return found


def _implied(action: str, when: Day, why: Message) -> Step:
    return msgspec.structs.replace(bare(action, when), inferred=why)


def _duties(
    catalogue: Catalogue,
    reach: list[Instrument],
    rests: basis.Basis,
    steps: Sequence[Step],
    valid_at: date,
) -> tuple[Duty, ...]:
    """Instruments in force that reach the service, and those that its restriction rests on."""
    held = [p.value for p in rests.ground.positions[:1]]
    held += [one.value for one in rests.beside if one.about == "ground"]
    named = {one: catalogue.instruments[one] for one in held if one in catalogue.instruments}
    reach = list({one.id: one for one in (*reach, *named.values())}.values())
    return tuple(
        Duty(
            one,
            one.since,
            _met(one, steps, catalogue, valid_at),
            revised=catalogue.revised(one, valid_at),
            over=one.over(valid_at),
        )
        for one in sorted(reach, key=lambda i: (i.since.first or date.max, i.id))
        if one.since.begins_by(valid_at)
    )


def _met(
    rule: Instrument, steps: Iterable[Step], catalogue: Catalogue, valid_at: date
) -> tuple[int, ...]:
    """Steps that show a duty met: filed or entered, under the same law or in the same register."""
    family = {rule.id, rule.brought_by} - {""}
    registers = {rule.register} - {""} if "register" in rule.demands else set()
    found = []
    for one in steps:
        if one.action not in _MEETS or one.scope != "whole":
            continue
        if (state.surely(one.day) or date.max) > valid_at:
            continue
        rules = {catalogue.claims[name].rule for name in one.claims if name in catalogue.claims}
        laws = {catalogue.instruments[r].brought_by for r in rules if r in catalogue.instruments}
        if family & (rules | laws) or one.register in registers:
            found.append(one.number)
    return tuple(found)


def _would_lift(
    catalogue: Catalogue,
    ground: Question,
    steps: Sequence[Step],
    spell: tuple[Day, Day | None] | None,
    valid_at: date,
) -> WouldLift | None:
    held = ground.held
    rule = catalogue.instruments.get(held.value) if held else None
    if held is None or rule is None or not rule.lifts or spell is None:
        return None
    start = spell[0].first or date.min
    done = tuple(
        s.number
        for s in steps
        if _does(s, catalogue, held) and start <= (state.surely(s.day) or date.min) <= valid_at
    )
    ended = spell[1] and state.surely(spell[1])
    if ended and ended <= valid_at and not done:  # otherwise: nothing would lift it any more
        return None
    return WouldLift(rule.lifts, rule.id, bool(done), done)


def _does(one: Step, catalogue: Catalogue, ground: Position) -> bool:
    """Whether a step is what the law asks for: filing, entry, a ruling against the restriction, or
    a lift that names the same law."""
    if one.scope != "whole" or one.effect == "rumour":
        return False
    if one.action in _MEETS or one.effect == "lift":
        return True
    lifts = one.action in {Action.RESTORED, Action.DELISTED, Action.REVOKED}
    return lifts and any(catalogue.claims[name].rule == ground.value for name in one.claims)


def _evidence(
    steps: list[Step], registers: Sequence[OnRegister], catalogue: Catalogue
) -> tuple[tuple[Step, ...], tuple[Listed, ...]]:
    """Listings that the ledger holds, put to the claimed steps that they bear out."""
    held = [(r, li) for r in registers for li in r.listings if li.coverage != "related"]
    used = {id(li) for s in steps for li in s.listings}
    found = []
    for one in steps:
        kept = (
            [
                li
                for r, li in held
                if not one.by and bears_out(one, li, r, catalogue.lists, action=Action(one.action))
            ]
            if one.action in _ON_PAPER
            else []
        )
        used |= {id(li) for li in kept}
        found.append(msgspec.structs.replace(one, listings=tuple(kept)) if kept else one)
    return tuple(found), tuple(li for _, li in held if id(li) not in used)


_ON_PAPER = frozenset({Action.LISTED, Action.DELISTED})
