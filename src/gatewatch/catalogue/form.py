"""Rules of form that hold over tables of facts: names that are known, days that can be."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial

from gatewatch.catalogue.jurisdictions import is_code
from gatewatch.catalogue.tables import Fault, Row
from gatewatch.errors import UsageError
from gatewatch.model import day, selector
from gatewatch.model.claim import Citation, Corrected, SourceKind
from gatewatch.model.states import Action

_KINDS = """
messenger social video audio search mail hosting game gambling news reference blog store payment
anonymiser files dating forum tool ai network
"""
_CODES = """
ALDR REL PORN PROV POLR HUMR ENV MILX HATE NEWS XED PUBH GMB ANON DATE GRP LGBT FILE HACK COMT MMED
HOST SRCH GAME CULTR ECON GOVT COMM CTRL IGO MISC
"""
SERVICE_KINDS = frozenset(_KINDS.split())
CATEGORIES = frozenset(_CODES.split())
"""Citizen Lab's codes, github.com/citizenlab/test-lists."""
ROLES = ("regulator", "court", "government", "prosecutor", "operators")
OFFICIAL_KINDS = ("gazette", "official", "database", "copy", "press", "none")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_AHEAD = timedelta(days=31)
"""A text may tell of what will happen; a year ahead is a slip of the pen."""
_NO_EVENT = frozenset({Action.ANNOUNCED, Action.WARNED, Action.DENIED, Action.DEMANDED})

Known = dict[str, dict[str, Row]]


def check(rows: Iterable[Row]) -> list[Fault]:
    """Every fault that shows only between tables, or needs more than a type to see."""
    rows = list(rows)
    known: Known = {}
    faults: list[Fault] = []
    for row in rows:
        first = known.setdefault(row.kind, {}).setdefault(row.value.id, row)
        if first is not row:
            text = f"this id is taken already, at {first.file}:{first.line}"
            faults.append(row.fault(text, "id"))
    for row in rows:
        faults += _common(row)
        faults += _CHECKS[row.kind](row, known)
    return faults + list(_shared_names(known))


def _common(row: Row) -> Iterator[Fault]:
    if not _ID.fullmatch(row.value.id):
        yield row.fault("an id is lower-case letters, digits, -, _ and .", "id")
    code = getattr(row.value, "jurisdiction", None)
    if code is not None and not is_code(code):
        yield row.fault(
            f"{code!r} is no ISO 3166-1 code of two letters, such as RU", "jurisdiction"
        )


def _service(row: Row, known: Known) -> Iterator[Fault]:
    del known
    one = row.value
    if one.kind not in SERVICE_KINDS:
        yield row.fault(
            f"kind {one.kind!r}: write one of {', '.join(sorted(SERVICE_KINDS))}", "kind"
        )
    if one.category not in CATEGORIES:
        yield row.fault(
            f"category {one.category!r} is no code of the Citizen Lab lists", "category"
        )
    if one.home and not is_code(one.home):
        yield row.fault(f"home {one.home!r} is no ISO 3166-1 code", "home")
    if not one.sources:
        yield row.fault("sources is empty: say where this is known from", "sources")
    yield from _hosts(row)
    for key in ("namings", "operators"):
        for borne in getattr(one, key):
            for edge in (borne.since, borne.until):
                yield from _parsed(row, key, partial(day.parse, edge))


def _hosts(row: Row) -> Iterator[Fault]:
    for name in row.value.domains:
        yield from _parsed(row, "domains", partial(selector.domain, name))
    for end in row.value.endpoints:
        read = selector.address if end.is_address else selector.domain
        yield from _parsed(row, "endpoints", partial(read, end.host))
        if not end.ports or not all(0 < port < 65_536 for port in end.ports):
            yield row.fault(f"endpoints: {end.host} needs ports from 1 to 65535", "endpoints")


def _parsed(row: Row, key: str, parse: Callable[[], object]) -> Iterator[Fault]:
    """The fault of a value that cannot be read, at its key."""
    try:
        parse()
    except UsageError as wrong:
        yield row.fault(f"{key}: {wrong}", key)


def _instrument(row: Row, known: Known) -> Iterator[Fault]:
    one = row.value
    for key in ("adopted", "in_force", "until"):
        try:
            day.parse(getattr(one, key))
        except UsageError as wrong:
            yield row.fault(f"{key}: {wrong}", key)
            return
    adopted, in_force = day.parse(one.adopted), day.parse(one.in_force)
    if adopted.first and in_force.last and in_force.last < adopted.first:
        yield row.fault(f"in force {one.in_force} before it was adopted, {one.adopted}", "in_force")
    ended = day.parse(one.until)
    if ended.last and one.since.first and ended.last < one.since.first:
        yield row.fault(f"until {one.until} before it began, {one.since.text}", "until")
    if one.until and not one.until_sources:
        yield row.fault("until_sources is empty: say where its end is known from", "until")
    if (one.until_sources or one.ended_by) and not one.until:
        yield row.fault("until is empty, though the end is told of: give the day", "until")
    yield from _reference(row, known, "ended_by", "instrument")
    yield from _official(row, known)
    yield from _reference(row, known, "brought_by", "instrument")
    yield from _reference(row, known, "revises", "instrument")
    yield from _reference(row, known, "register", "list")
    if not one.sources:
        yield row.fault("sources is empty: say where this is known from", "sources")
    for kind in one.kinds:
        if kind not in SERVICE_KINDS:
            yield row.fault(f"kinds: {kind!r} is no kind of service", "kinds")


def _official(row: Row, known: Known) -> Iterator[Fault]:
    one = row.value
    if one.official_kind not in OFFICIAL_KINDS:
        kinds = ", ".join(OFFICIAL_KINDS)
        yield row.fault(
            f"official_kind {one.official_kind!r}: write one of {kinds}", "official_kind"
        )
    if bool(one.official) != (one.official_kind != "none"):
        yield row.fault("official: an address and its kind, or neither", "official")
    for other in one.amended:
        if other not in known.get("instrument", {}):
            yield row.fault(f"amended: there is no instrument {other!r}", "amended")


def _authority(row: Row, known: Known) -> Iterator[Fault]:
    del known
    if row.value.role not in ROLES:
        yield row.fault(f"role {row.value.role!r}: write one of {', '.join(ROLES)}", "role")


def _list(row: Row, known: Known) -> Iterator[Fault]:
    del known
    if not row.value.name.strip():
        yield row.fault("name is empty", "name")


def _reason(row: Row, known: Known) -> Iterator[Fault]:
    yield from _reference(row, known, "under", "reason")
    above = row.value.under
    if above and above in known["reason"] and known["reason"][above].value.under:
        yield row.fault(f"{above!r} lies under another reason itself: one level is all", "under")


def _claim(row: Row, known: Known) -> Iterator[Fault]:
    one = row.value
    for key, kind in (("service", "service"), ("rule", "instrument"), ("register", "list")):
        yield from _reference(row, known, key, kind)
    for reason in one.reasons:
        if reason not in known.get("reason", {}):
            yield row.fault(f"reasons: there is no reason {reason!r}", "reasons")
    for other in one.disputes:
        if other not in known.get("claim", {}):
            yield row.fault(f"disputes: there is no claim {other!r}", "disputes")
    if not one.says.strip():
        yield row.fault("says is empty: tell in your own words what the source says", "says")
    rule = known.get("instrument", {}).get(one.rule)
    if rule and rule.value.jurisdiction != one.jurisdiction:
        yield row.fault(f"rule {one.rule!r} is one of {rule.value.jurisdiction}", "rule")
    yield from _source(row, one.source)


def _correction(row: Row, known: Known) -> Iterator[Fault]:
    yield from _reference(row, known, "claim", "claim")
    yield from _reference(row, known, "replaced_by", "claim")
    if not row.value.why.strip() or not row.value.by.strip():
        yield row.fault("say by whom and why", "why")
    if row.value.verdict == Corrected.SUPERSEDED and not row.value.replaced_by:
        yield row.fault("superseded by what? Name the claim in replaced_by", "replaced_by")


def _publishers(row: Row, known: Known) -> Iterator[Fault]:
    del known
    if row.value.id not in set(SourceKind):
        yield row.fault(f"{row.value.id!r}: write one of {', '.join(SourceKind)}", "id")


def _source(row: Row, source: Citation) -> Iterator[Fault]:
    if source.url and not source.url.startswith(("http://", "https://")):
        yield row.fault(f"source: url {source.url!r} does not begin with https://", "source")
    first = row.value.when.first
    if (
        first
        and source.published
        and row.value.action not in _NO_EVENT
        and first > source.published + _AHEAD
    ):
        yield row.fault(
            f"tells of {row.value.date}, long after its source was published, {source.published}",
            "date",
        )


def _reference(row: Row, known: Known, key: str, kind: str) -> Iterator[Fault]:
    wanted = getattr(row.value, key)
    if wanted and wanted not in known.get(kind, {}):
        from difflib import get_close_matches

        close = get_close_matches(wanted, known.get(kind, {}), 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        yield row.fault(f"{key}: there is no {kind} {wanted!r}{hint}", key)


def _shared_names(known: Known) -> Iterator[Fault]:
    """A name that leads to two services leads nowhere."""
    taken: dict[str, Row] = {}
    for row in known.get("service", {}).values():
        for name in dict.fromkeys(n.casefold() for n in (*row.value.ids, *row.value.called())):
            first = taken.setdefault(name, row)
            if first is not row:
                yield row.fault(f"{first.name} is called {name!r} as well", "names")
    hosts: dict[str, Row] = {}
    for row in known.get("service", {}).values():
        for host in row.value.hosts:
            first = hosts.setdefault(host, row)
            if first is not row:
                yield row.fault(f"{host} is declared by {first.name} as well", "domains")


_CHECKS: dict[str, Callable[[Row, Known], Iterator[Fault]]] = {
    "service": _service,
    "instrument": _instrument,
    "authority": _authority,
    "list": _list,
    "reason": _reason,
    "claim": _claim,
    "correction": _correction,
    "publishers": _publishers,
}
