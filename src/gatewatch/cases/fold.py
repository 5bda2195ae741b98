"""One service in one jurisdiction, folded into a case. Pure: evidence comes in as it is held."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from gatewatch.cases import state
from gatewatch.cases.case import (
    Case,
    Duty,
    Listed,
    Network,
    OnRegister,
    Position,
    Question,
    Step,
    WouldLift,
)
from gatewatch.cases.evidence import bare, bears_out, by_network, by_registers
from gatewatch.cases.lanes import lanes
from gatewatch.cases.sources import Sources, known_by, of_the_day, origins, question
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
_ONE_MEASURE = timedelta(days=31)
_MEASURES = frozenset(
    {
        Action.NOTIFIED,
        Action.ORDERED,
        Action.LISTED,
        Action.BLOCKED,
        Action.THROTTLED,
        Action.PARTIALLY_BLOCKED,
        Action.ANNOUNCED,
    }
)
_BITES = _MEASURES - {Action.ANNOUNCED, Action.NOTIFIED}
_MEETS = frozenset({Action.COMPLIED, Action.REGISTERED})
_FRAME = "frame"


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
    reach = _reaching(catalogue, service, jurisdiction)
    told_of = [step(e, sources, catalogue.lists) for e in events(claims)]
    shown = [*by_registers(registers, told_of, catalogue.lists), *by_network(network)]
    made = sorted([*told_of, *shown], key=order)
    made = _named_disputes(made, claims, sources)
    duty_since = min((i.since for i in reach if i.since.last), key=_last, default=None)
    made = _numbered(made)
    spell = state.spell(state.stays(made, duty_since), valid_at)
    about = _measure(made, claims, spell, valid_at)
    ground = _ground(about, catalogue, sources)
    # What the law implies moves no state, so it may join the steps once the law is known.
    steps = _numbered(sorted([*made, *_by_law(catalogue, ground.held, made)], key=order))
    found = state.stays(steps, duty_since)
    now = state.at(found, valid_at)
    said = state.at(state.stays([s for s in steps if not s.by], duty_since), valid_at)
    if not said.steps:  # what is so by law alone no source says
        said = state.at((), valid_at)
    # A text of what came later tells of this day nothing, whenever it was published.
    about_then = of_the_day(claims, valid_at)
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
        reason=_reasons(about, catalogue, sources),
        law_year=_law_years(about, sources),
        duties=_duties(catalogue, reach, ground, used, valid_at=valid_at),
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
        registers=tuple(registers),
    )
    return msgspec.structs.replace(found_case, lanes=lanes(found_case))


def _last(when: Day) -> date:
    return when.last or date.max


def _reaching(catalogue: Catalogue, service: Service, jurisdiction: str) -> list[Instrument]:
    """Instruments that ask something of a service of this kind."""
    return [
        one
        for one in catalogue.instruments_in.get(jurisdiction, ())
        if service.kind in one.kinds
        and not one.revises
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


def _measure(
    steps: Iterable[Step],
    claims: Iterable[Claim],
    spell: tuple[Day, Day | None] | None,
    valid_at: date,
) -> list[Claim]:
    """Claims about the last measure that had begun: steps of restriction near in time to it. Two
    measures years apart may rest on different laws without any contradiction."""
    acts = [
        s
        for s in steps
        if s.claims and s.action in _MEASURES and s.scope == "whole" and s.effect != "lift"
    ]
    bites = [
        s for s in acts if s.action in _BITES and (state.surely(s.day) or date.max) <= valid_at
    ]
    if spell:
        start = state.surely(spell[0]) or date.min
        within = [s for s in bites if (state.surely(s.day) or date.min) >= start - _ONE_MEASURE]
        bites = within or bites
    if not bites:
        bites = [s for s in acts if s.action in _BITES][:1]
    chain: set[int] = set()
    edge: date | None = None
    for one in sorted(bites, key=lambda s: state.surely(s.day) or date.min, reverse=True):
        at = state.surely(one.day) or date.min
        if edge is not None and edge - at > _ONE_MEASURE:
            break
        chain.add(one.number)
        edge = at
    days = [state.surely(s.day) for s in acts if s.number in chain]
    known = [d for d in days if d]
    if known:
        low, high = min(known) - _ONE_MEASURE, max(known) + _ONE_MEASURE
        chain |= {s.number for s in acts if (at_ := state.surely(s.day)) and low <= at_ <= high}
    names = {name for s in acts if s.number in chain for name in s.claims}
    return [claim for claim in claims if claim.id in names]


def _ground(claims: list[Claim], catalogue: Catalogue, sources: Sources) -> Question:
    """Which law: articles and the law that brought them in are one position."""
    families: dict[str, list[Claim]] = {}
    for claim in claims:
        rule = catalogue.instruments.get(claim.rule)
        if rule and _FRAME in rule.demands:
            continue
        if key := (rule.brought_by or rule.id) if rule else claim.law:
            families.setdefault(key, []).append(claim)
    named = {_specific(held) or key: held for key, held in families.items()}
    return question(named, lambda value: _law_name(value, catalogue), sources)


def _specific(claims: list[Claim]) -> str:
    rules = [claim.rule for claim in claims if claim.rule]
    return max(rules, key=lambda rule: (rules.count(rule), rule)) if rules else ""


def _law_name(value: str, catalogue: Catalogue) -> str:
    rule = catalogue.instruments.get(value)
    if rule is None:
        return value
    by = catalogue.instruments.get(rule.brought_by)
    parts = [f"by {by.number}" if by else "", f"in force {rule.in_force}" if rule.in_force else ""]
    more = ", ".join(part for part in parts if part)
    return rule.short + (f" ({more})" if more else "")


def _reasons(claims: list[Claim], catalogue: Catalogue, sources: Sources) -> Question:
    """Which reason: a wider one and a case of it do not contradict each other."""
    families: dict[str, dict[str, Claim]] = {}
    named: dict[str, list[str]] = {}
    for claim in claims:
        for name in claim.reasons:
            known = catalogue.reasons.get(name)
            root = (known.under or name) if known else name
            families.setdefault(root, {})[claim.id] = claim
            named.setdefault(root, []).append(name)
    groups = {}
    for root, held in families.items():
        special = [name for name in named[root] if name != root]
        groups[max(special, key=special.count) if special else root] = list(held.values())
    return question(
        groups, lambda v: catalogue.reasons[v].name if v in catalogue.reasons else v, sources
    )


def _law_years(claims: list[Claim], sources: Sources) -> Question:
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.law_year:
            groups.setdefault(str(claim.law_year), []).append(claim)
    return question(groups, str, sources)


def _duties(
    catalogue: Catalogue,
    reach: list[Instrument],
    ground: Question,
    steps: Sequence[Step],
    valid_at: date,
) -> tuple[Duty, ...]:
    held = ground.held
    rule = catalogue.instruments.get(held.value) if held else None
    if rule and rule.id not in {one.id for one in reach}:
        reach = [*reach, rule]
    return tuple(
        Duty(
            one,
            one.since,
            _met(one, steps, catalogue, valid_at),
            catalogue.revised(one, valid_at),
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
