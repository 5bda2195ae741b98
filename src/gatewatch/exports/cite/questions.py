"""What can be cited: a question with its three times, and its answer as data, page and picture."""

from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch.cases.case import Case
from gatewatch.errors import UsageError
from gatewatch.model import selector as selectors
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment, iso
from gatewatch.model.redaction import value, withholds
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.service import Service
from gatewatch.query import standings, targets
from gatewatch.query.check import check, service_of
from gatewatch.query.facts import facts_for
from gatewatch.query.history import history
from gatewatch.query.ledger import Ledger
from gatewatch.query.listings import names_of
from gatewatch.query.moments import of_all
from gatewatch.records import cases as case_rows
from gatewatch.records import registers as register_rows

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue

_MOST_DRAWN = 24


class Cited(StrEnum):
    """The questions that a bundle answers."""

    CHECK = "check"
    CASE = "case"
    HISTORY = "history"
    EPISODE = "episode"
    RECONCILE = "reconcile"


class CitedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question as it is asked again: a selector or a service, where, and the three times, all
    told (ISO 8601), so that it means the same on every day."""

    kind: Cited
    subject: str
    jurisdiction: str | None = None
    valid_at: str
    as_of: str
    recorded_by: str | None = None

    @property
    def moment(self) -> Moment:
        """Its three times."""
        return Moment.parse(self.valid_at, self.as_of, self.recorded_by)

    @property
    def place(self) -> Jurisdiction | None:
        """Where."""
        return Jurisdiction.parse(self.jurisdiction) if self.jurisdiction else None


class CitedAnswer(msgspec.Struct, frozen=True):
    """What is said: plain data, and a drawing, if there is one."""

    document: Any
    picture: str
    page: str


def question(
    ledger: Ledger,
    kind: Cited,
    subject: str,
    jurisdiction: str | None = None,
    times: tuple[str | None, str | None, str | None] = (None, None, None),
) -> CitedQuestion:
    """A question with its times told: what was left out is now, of what the ledger holds.

    UsageError says what to name.
    """
    if kind in {Cited.CASE, Cited.RECONCILE} and not jurisdiction:
        raise UsageError(f"a {kind} is of one jurisdiction: name it, as -j RU")
    given = Moment.parse(*times)
    held = of_all(ledger, given)
    valid_at, as_of, recorded_by = times
    place = Jurisdiction.parse(jurisdiction) if jurisdiction else None
    made = CitedQuestion(
        kind=kind,
        subject=subject,
        jurisdiction=place.code if place else None,
        valid_at=valid_at or iso(given.now) or "",
        as_of=as_of or iso(given.now) or "",
        recorded_by=recorded_by or iso(held.recorded_by),
    )
    if kind != Cited.CASE and kind in {Cited.CHECK, Cited.HISTORY}:
        selectors.parse(subject)
    return made


def answer(ledger: Ledger, asked: CitedQuestion) -> CitedAnswer:
    """Ask it, of whatever ledger: the same facts give the same document."""
    document, picture, page = _TOLD[asked.kind](ledger, asked)
    plain = msgspec.to_builtins(document, str_keys=True)
    return CitedAnswer(plain, picture, page or _page(asked, plain, picture))


def service_in(catalogue: "Catalogue", asked: CitedQuestion) -> Service | None:
    """The service that a question is about, if it is about one."""
    if asked.kind in {Cited.CHECK, Cited.HISTORY}:
        return service_of(catalogue, selectors.parse(asked.subject))
    try:
        return catalogue.service(asked.subject)
    except UsageError:
        return None if asked.kind != Cited.CASE else catalogue.service(asked.subject)


def selectors_of(asked: CitedQuestion, service: Service | None) -> list[Selector]:
    """The names under which registers would list what is asked about."""
    named = [one.selector for one in names_of(service)] if service else []
    if asked.kind in {Cited.CHECK, Cited.HISTORY} or not service:
        return [selectors.parse(asked.subject), *named]
    return named


def measured_names(ledger: Ledger, catalogue: "Catalogue", asked: CitedQuestion) -> tuple[str, ...]:
    """The names under which it would be measured."""
    service = service_in(catalogue, asked)
    if service:
        return targets.of_services(ledger, catalogue, [service.id]).names or ()
    parsed = selectors.parse(asked.subject)
    return () if parsed.kind == Kind.APP else targets.alike(ledger, asked.subject)


def _check(ledger: Ledger, asked: CitedQuestion) -> tuple[Any, str, str]:
    (found,) = check(ledger, [asked.subject], asked.moment, asked.place)
    document = register_rows.answer(found, ledger.history_of.registers())
    return document, _listings(ledger, asked), ""


def _case_of(ledger: Ledger, asked: CitedQuestion) -> Case:
    return ledger.case(
        asked.subject,
        asked.jurisdiction or "",
        valid_at=asked.valid_at,
        as_of=asked.as_of,
        recorded_by=asked.recorded_by,
    )


def _case(ledger: Ledger, asked: CitedQuestion) -> tuple[Any, str, str]:
    from gatewatch.draw import case as picture
    from gatewatch.draw.case import document as page

    found = _case_of(ledger, asked)
    return case_rows.document(found, asked.recorded_by), picture.svg(found), page.html(found)


def _history(ledger: Ledger, asked: CitedQuestion) -> tuple[Any, str, str]:
    known = ledger.history_of.registers()
    met = history(ledger, asked.subject, asked.moment, asked.place)
    rows = [register_rows.listing_row(how, li, known[li.register]) for how, li in met]
    return {"listings": rows}, _listings(ledger, asked), ""


def _listings(ledger: Ledger, asked: CitedQuestion) -> str:
    from gatewatch.draw import listings as picture

    met = [li for _, li in history(ledger, asked.subject, asked.moment, asked.place)]
    if not met:
        return ""
    fresh = ledger.registers(as_of=asked.as_of, recorded_by=asked.recorded_by)
    known = {one.register.id: one.register for one in fresh}
    reach = {one.register.id: (one.first_published, one.last_published) for one in fresh}
    hidden = any(withholds(li.entry, known[li.register].redaction) for li in met)
    title = value(selectors.parse(asked.subject), withhold=hidden)
    return picture.listings(title, met[:_MOST_DRAWN], known, reach)


def _episodes(ledger: Ledger, asked: CitedQuestion) -> tuple[Any, str, str]:
    from gatewatch.draw import episodes as tracked
    from gatewatch.query.episodes import Record
    from gatewatch.records import episodes as rows

    catalogue = facts_for(ledger, asked.moment).catalogue
    about = targets.of(ledger, catalogue, asked.subject)
    record = Record(ledger, of_all(ledger, asked.moment), about, asked.jurisdiction)
    told = [rows.row(one) for one in record.told]
    return {"episodes": told}, tracked.of_episodes(record) if told else "", ""


def _reconciled(ledger: Ledger, asked: CitedQuestion) -> tuple[Any, str, str]:
    from gatewatch.query.reconciliation import reconciled, report
    from gatewatch.records import reconciliation as rows

    catalogue = facts_for(ledger, asked.moment).catalogue
    found = report(
        ledger,
        asked.jurisdiction or "",
        targets=targets.of(ledger, catalogue, asked.subject),
        valid_at=asked.valid_at,
        as_of=asked.as_of,
        recorded_by=asked.recorded_by,
    )
    return {"targets": [rows.row(one) for one in reconciled(ledger, found)]}, "", ""


_TOLD = {
    Cited.CHECK: _check,
    Cited.CASE: _case,
    Cited.HISTORY: _history,
    Cited.EPISODE: _episodes,
    Cited.RECONCILE: _reconciled,
}


def registers_in(ledger: Ledger, asked: CitedQuestion) -> list[str]:
    """The registers that are asked."""
    if asked.kind == Cited.EPISODE:
        return []
    if asked.kind in {Cited.CHECK, Cited.HISTORY, Cited.RECONCILE}:
        return sorted(standings.registers_of(ledger, asked.place))
    known = ledger.history_of.registers()
    return sorted(n for n, r in known.items() if r.jurisdiction == asked.jurisdiction)


def _page(asked: CitedQuestion, document: Any, picture: str) -> str:
    """The answer for people, where it has no page of its own."""
    title = escape(f"{asked.kind} {asked.subject} {asked.jurisdiction or ''}".strip())
    times = "".join(
        f"<dt>{name}</dt><dd>{escape(told)}</dd>"
        for name, told in (
            ("true on", asked.valid_at),
            ("published by", asked.as_of),
            ("recorded by", asked.recorded_by or ""),
        )
    )
    text = escape(msgspec.json.format(msgspec.json.encode(document, order="sorted")).decode())
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "dt{font-weight:600}pre{white-space:pre-wrap;overflow-wrap:anywhere}svg{max-width:100%;height:auto}"
        f"</style></head><body><h1>{title}</h1><dl>{times}</dl>{picture}<pre>{text}</pre></body></html>\n"
    )
