"""What the network did, for people: episodes, one measurement in steps, registers beside the network."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.types import AnyCallable

from gatewatch.draw import episodes as tracked
from gatewatch.draw import measurement as stepped
from gatewatch.model.jurisdiction import Jurisdiction as Place
from gatewatch.model.moment import Moment
from gatewatch.model.states import Agreement
from gatewatch.query import episodes, targets, verdicts
from gatewatch.query import reconciliation as reconcile
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.records import reconciliation as reconciliation_records
from gatewatch.site.api.network import explained
from gatewatch.site.asked import Times
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import embedded, lang_of, shown
from gatewatch.site.replies import held_of

_A_PAGE = 100


def _page(path: str) -> AnyCallable:
    return get(path, include_in_schema=False, sync_to_thread=True)


@_page("/network")
def network(
    request: Request[Any, Any, Any], times: Times, jurisdiction: str | None = None
) -> Response[bytes]:
    """Episodes and silences, with how much was measured."""
    code = Place.parse(jurisdiction).code if jurisdiction else None

    def context(ledger: Ledger) -> dict[str, Any]:
        moment = of_all(ledger, Moment.parse(None, times.moment.as_of, times.recorded_by))
        record = episodes.Record(ledger, moment, jurisdiction=code)
        found = sorted(record.episodes, key=lambda e: e.onset_latest, reverse=True)
        picture = tracked.of_episodes(record) if record.judged else None
        return {
            "code": code,
            "rows": [episodes.row(e) for e in found[:_A_PAGE]],
            "total": len(found),
            "places": sorted({place for _, place in record.cells.names}),
            "silences": [episodes.silence_row(s) for s in record.silences],
            "measured": record.judged,
            "picture": embedded(picture, "e", lang_of(request)) if picture else None,
        }

    return shown(request, times, "network.html", context)


@_page("/episode/{code:str}/{target:str}")
def episode(
    request: Request[Any, Any, Any], times: Times, code: str, target: str
) -> Response[bytes]:
    """Every episode of one host in one jurisdiction, with the measurements it rests on."""

    def context(ledger: Ledger) -> dict[str, Any]:
        moment = of_all(ledger, Moment.parse(None, times.moment.as_of, times.recorded_by))
        asked = targets.Targets(names=(target,), endpoints=True)
        record = episodes.Record(ledger, moment, asked, Place.parse(code).code)
        if not record.judged:
            raise ProblemError(
                404,
                f"{target} was not measured in {Place.parse(code).code}, which says nothing about it",
            )
        members = [m for e in record.episodes[-1:] for m in record.members(e)]
        return {
            "target": target,
            "code": Place.parse(code).code,
            "rows": [episodes.row(e) for e in record.episodes],
            "members": members[-_A_PAGE:],
            "picture": embedded(tracked.of_episodes(record), "e", lang_of(request)),
        }

    return shown(request, times, "episode.html", context)


@_page("/measurement/{uid:str}")
def measurement(request: Request[Any, Any, Any], times: Times, uid: str) -> Response[bytes]:
    """One measurement in steps, each beside its control."""
    held = held_of(request)

    def context(_: Ledger) -> dict[str, Any]:
        found = explained(held, uid)
        return {
            "found": found,
            "row": verdicts.row(found),
            "picture": embedded(stepped.picture(found), "m", lang_of(request)),
            "steps": stepped.lines(found),
        }

    return shown(request, times, "measurement.html", context)


@_page("/reconcile")
def reconciled(
    request: Request[Any, Any, Any],
    times: Times,
    jurisdiction: str | None = None,
    target: str | None = None,
    agreement: str | None = None,
) -> Response[bytes]:
    """Registers beside the network, target by target."""
    held = held_of(request)
    places = sorted({r.jurisdiction for r in held.registers().values()})
    code = (jurisdiction or (places[0] if places else "")).upper()
    if agreement and agreement not in set(Agreement):
        raise ProblemError(400, f"agreement is one of {', '.join(Agreement)}")
    state = Agreement(agreement) if agreement else None

    def context(ledger: Ledger) -> dict[str, Any]:
        if not places:
            return {
                "places": [],
                "code": code,
                "rows": [],
                "counts": {},
                "unreached": (),
                "picture": None,
                "state": state,
                "target": target,
            }
        asked = targets.of(ledger, held.catalogue, target or None)
        read: dict[str, Any] = {
            "valid_at": times.moment.valid_at,
            "as_of": times.moment.as_of,
            "recorded_by": times.recorded_by,
        }
        told = reconcile.report(ledger, code, targets=asked, **read)
        found = list(reconcile.reconciled(ledger, told, state=state, limit=_A_PAGE))
        picture = (
            embedded(tracked.of_reconciled(ledger, told, found[:20], **read), "r", lang_of(request))
            if found
            else None
        )
        return {
            "places": places,
            "code": code,
            "rows": [reconciliation_records.row(one) for one in found],
            "counts": told.counts(),
            "unreached": told.unreached,
            "picture": picture,
            "state": state,
            "target": target,
        }

    return shown(request, times, "reconcile.html", context)


ROUTES: Sequence[Any] = (network, episode, measurement, reconciled)
