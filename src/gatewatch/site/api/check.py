"""Is it listed: one selector, or thousands at once, from memory where what stands is there."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from gatewatch.analysis.registers.standing import ListingState
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.model import selector as selectors
from gatewatch.model.history import entered_under
from gatewatch.model.jurisdiction import Jurisdiction as Place
from gatewatch.model.redaction import value, withholds
from gatewatch.model.register import Register
from gatewatch.query.check import Answer
from gatewatch.query.check import check as check_in
from gatewatch.query.registered import FEW
from gatewatch.query.standings import Match, nearest
from gatewatch.records import registers as rows
from gatewatch.records.lanes import place
from gatewatch.site.api.about import PROBLEMS
from gatewatch.site.api.asked import LONGEST, Jurisdiction, Selector
from gatewatch.site.caching import FOR_A_MINUTE, caching, repository_of, unchanged
from gatewatch.site.problem import ProblemError
from gatewatch.site.repository import Repository, Standing
from gatewatch.site.times import RequestTimes, Times
from gatewatch.site.turns import ASKER

_MOST_AT_ONCE = 10_000
_MOST_BYTES = 1 << 20
_encode = msgspec.json.Encoder().encode


class MatchRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The listing that decides an answer."""

    register: str
    jurisdiction: str
    entry: str
    how: str
    kind: str
    selector: str
    came: dict[str, str | None] | None
    went: dict[str, str | None] | None
    included_at: str | None
    """When it was entered by the entry's own word, in the register's local time."""
    removed_at: str | None
    decision: dict[str, str | None] | None
    entered_under: str | None
    """The decision that it came under, by body and number, where another one stands now."""
    ground: str | None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Is it listed? The nearest listing that decides it, and the times of the answer."""

    asked: str
    kind: str
    value: str
    state: str
    why: str
    """In English; `why_code` is the same for programs."""
    why_code: str
    covered: str
    """Whether the list covers it: yes, in_part, no, or unknown, as beneath a listed domain."""
    known_state: str
    """The state on `last_known`, where `state` is insufficient (then delisted too); else the
    same."""
    last_known: date | None
    by_sources: bool
    """The known state is what sources say of a list, where no register held tells it."""
    service: str | None
    """The service that it belongs to."""
    did_you_mean: str | None
    """The service that is called so, of a name that was taken for a host: its cases are under
    /api/v1/cases?service=."""
    jurisdictions: dict[str, list[str]]
    """By what the lists of each say on the day: all that list it, not the nearest alone."""
    match: MatchRecord | None
    related: list[MatchRecord]
    """Listings that do not cover it: beside it under the same domain, or merely naming it."""
    places: list[dict[str, Any]]
    """By jurisdiction: paper, wire, agreement, what would lift it, the five lanes."""
    valid_at: str | None
    as_of: str | None
    recorded_by: str | None


@get(
    "/api/v1/check",
    tags=["registers"],
    summary="Is it listed?",
    responses={
        200: ResponseSpec(Checked, description="The answer", generate_examples=False),
        **PROBLEMS,
    },
)
async def check(
    request: Request[Any, Any, Any],
    times: Times,
    selector: Selector,
    jurisdiction: Jurisdiction = None,
) -> ASGIResponse:
    """Whether a selector is listed, was, or whether that is not known. `listings` has everything it
    rests on."""
    repository = repository_of(request)
    standing = repository.standing() if _now(times) and jurisdiction is None else None
    held = standing.answer(selector, sideways=True) if standing else None
    if standing and held:
        found = from_memory(standing, held, times)
    else:
        found = await _in_thread(repository, selector, times, jurisdiction)
    # The commonest question of all: its tag is a digest of the answer, and nothing is made that it
    # does not need.
    tag = tag_of(found)
    headers = {
        "Cache-Control": FOR_A_MINUTE if standing else caching(times, repository),
        "ETag": tag,
    }
    if unchanged(request, tag):
        return ASGIResponse(status_code=304, headers=headers)
    return ASGIResponse(body=found, media_type="application/json", headers=headers)


@post(
    "/api/v1/check",
    tags=["registers"],
    summary="Are these listed?",
    status_code=200,
    request_max_body_size=_MOST_BYTES,
    include_in_schema=True,
    responses={
        200: ResponseSpec(
            Checked,
            description="One line of JSON for each selector",
            generate_examples=False,
            media_type="application/x-ndjson",
        ),
        **PROBLEMS,
    },
)
async def check_many(
    request: Request[Any, Any, Any], times: Times, jurisdiction: Jurisdiction = None
) -> Stream | Response[Any]:
    """One selector a line, at most 10,000; one line of JSON for each comes back as it is found.
    What is no selector has a line too, with its reason."""
    asked = [
        line.strip() for line in (await request.body()).decode("utf-8", "replace").splitlines()
    ]
    asked = [line for line in asked if line]
    if not asked or len(asked) > _MOST_AT_ONCE:
        raise ProblemError(
            400, f"send 1 to {_MOST_AT_ONCE:,} selectors, one a line; these are {len(asked):,}"
        )
    repository = repository_of(request)
    if jurisdiction:
        Place.parse(jurisdiction)
    return Stream(_lines(repository, asked, times, jurisdiction), media_type="application/x-ndjson")


def _lines(
    repository: Repository, asked: list[str], times: RequestTimes, code: str | None
) -> Iterator[bytes]:
    standing = repository.standing() if _now(times) and code is None else None
    faults: dict[str, str] = {}
    for start in range(0, len(asked), _PART):
        with _charged():
            for text in dict.fromkeys(asked[start : start + _PART]):
                if text not in faults and (fault := _fault(text)):
                    faults[text] = fault
    sideways = sum(text not in faults for text in asked) <= FEW
    for start in range(0, len(asked), _PART):
        part = asked[start : start + _PART]
        with _charged():
            good = [text for text in dict.fromkeys(part) if text not in faults]
            told: dict[str, bytes] = {}
            if standing:
                held = {text: standing.answer(text, sideways=sideways) for text in good}
                told = {
                    n: from_memory(standing, one, times) + b"\n" for n, one in held.items() if one
                }
            # Only what memory cannot tell goes to the ledger, and not all that was asked with it.
            left = [text for text in good if text not in told]
            if left:
                found = _or_its_fault(repository, left, times, code, sideways=sideways)
                told |= dict(zip(left, found, strict=True))
            lines = [
                told.get(text) or _refused(n, text, faults) for n, text in enumerate(part, start)
            ]
        yield b"".join(lines)


@contextmanager
def _charged() -> Iterator[None]:
    """What a processor works on many names counts as what ledgers work for the client, whether one
    of them was asked or memory."""
    asker = ASKER.get()
    before, began = (asker.spent if asker else 0.0), time.thread_time()
    try:
        yield
    finally:
        if asker:
            asker.spent = max(asker.spent, before + time.thread_time() - began)


_SHOWN = 100
_PART = 500
"""Lines that are answered together."""


def tag_of(found: bytes) -> str:
    """The strong ETag of an answer."""
    return f'"{hashlib.blake2b(found, digest_size=12).hexdigest()}"'


def _refused(number: int, text: str, faults: Mapping[str, str]) -> bytes:
    """What is said of a line that is no selector; `number`: its place from 0."""
    shown = text if len(text) <= LONGEST else f"{text[:_SHOWN]}..."
    return _encode({"asked": shown, "line": number + 1, "error": faults[text]}) + b"\n"


def _fault(text: str) -> str | None:
    """Why a line is no selector, if it is none."""
    if len(text) > LONGEST:
        return f"a selector has at most {LONGEST:,} characters; this one has {len(text):,}"
    try:
        selectors.parse(text)
    except UsageError as fault:
        return str(fault)
    return None


def _or_its_fault(
    repository: Repository,
    good: list[str],
    times: RequestTimes,
    code: str | None,
    *,
    sideways: bool,
) -> list[bytes]:
    """The status is sent: what goes wrong now can only be told in the lines."""
    try:
        return _by_ledger(repository, good, times, code, sideways=sideways)
    except GatewatchError as fault:
        return [_encode({"asked": text, "error": str(fault)}) + b"\n" for text in good]


def _now(times: RequestTimes) -> bool:
    return not (times.valid_at or times.as_of or times.recorded_by)


def from_memory(standing: Standing, found: Answer, times: RequestTimes) -> bytes:
    """The same answer as from the ledger, at the times of the request. What names that meet the
    same listings have alike is written once."""
    alike = standing.written.of(found)
    if alike is None:
        told = _checked(found, standing.registers, lambda one: _written(standing, one))
        alike = _encode({name: getattr(told, name) for name in _ALIKE})
        standing.written.keep(found, alike)
    own = {"asked": found.asked, "kind": found.selector.kind, "value": found.selector.value}
    at = times.echo(standing.recorded_by)
    return b"".join((_encode(own)[:-1], b",", alike[1:-1], b",", _encode(at)[1:]))


def _written(standing: Standing, found: Match) -> msgspec.Raw:
    """A match as JSON, once: the names of one family are told with the same listings."""
    written = standing.written.of_match(found)
    if written is None:
        written = msgspec.Raw(_encode(_match(found, standing.registers)))
        standing.written.keep_match(found, written)
    return written


_OWN = ("asked", "kind", "value", "valid_at", "as_of", "recorded_by")
_ALIKE = tuple(name for name in Checked.__struct_fields__ if name not in _OWN)


async def _in_thread(
    repository: Repository, asked: str, times: RequestTimes, code: str | None
) -> bytes:
    from litestar.concurrency import sync_to_thread

    (found,) = await sync_to_thread(_by_ledger, repository, [asked], times, code)
    return found.rstrip(b"\n")


def _by_ledger(
    repository: Repository,
    asked: list[str],
    times: RequestTimes,
    code: str | None,
    *,
    sideways: bool | None = None,
) -> list[bytes]:
    """A line of JSON for each."""
    with repository.ledger() as ledger:
        found = check_in(
            ledger,
            asked,
            times.moment,
            Place.parse_any(code),
            catalogue=repository.facts(times.moment).catalogue,
            sideways=sideways,
            networks=repository.networks(times),
        )
        known = ledger.history_of.registers()
    return [_encode(_checked(one, known)) + b"\n" for one in found]


def _checked(
    found: Answer, known: dict[str, Register], record: Callable[[Match], Any] | None = None
) -> Checked:
    """The nearest match that decides the state. `record`: a match as it is written."""
    record = record or (lambda one: _match(one, known))
    deciding = [
        m
        for by in found.registers
        if by.state == found.state
        for m in by.matches
        if m.state in {ListingState.LISTED, found.state} and m.coverage != "related"
    ]
    best = min(deciding, key=nearest, default=None)
    match = record(best) if best and found.state != ListingState.NOT_LISTED else None
    by = found.telling
    related = [m for one in found.registers for m in one.matches if m.coverage == "related"]
    return Checked(
        asked=found.asked,
        kind=found.selector.kind,
        value=found.selector.value,
        state=found.state,
        why=by.why.said.plain() if by else "",
        why_code=str(by.why) if by else "",
        covered=by.covered if by else "unknown",
        known_state=found.known_state,
        last_known=found.last_known,
        by_sources=found.by_sources,
        service=found.service.id if found.service else None,
        did_you_mean=found.meant,
        jurisdictions=found.states,
        match=match,
        related=[record(one) for one in related],
        places=[place(one) for one in found.places],
        **found.moment.told(),
    )


def _match(found: Match, known: dict[str, Register]) -> MatchRecord:
    listing, register = found.listing, known[found.listing.register]
    withhold = withholds(listing.entry, register.redaction)
    return MatchRecord(
        register=listing.register,
        jurisdiction=register.jurisdiction,
        entry=listing.entry_id,
        how=found.how,
        kind=str(listing.selector.kind),
        selector=value(listing.selector, withhold=withhold),
        came=rows.bracket(listing.came),
        went=rows.bracket(listing.went),
        included_at=listing.entry.included_at,
        removed_at=listing.entry.removed_at,
        decision=rows.decision(listing.entry.decision),
        entered_under=entered_under(listing, listing.entry, register),
        ground=listing.entry.ground,
    )


ROUTES = (
    check,
    check_many,
)
