"""What the first answers of a process would pay for all later ones, paid before it listens:
modules, templates, the tables of a ledger and the first statements about them."""

import logging
import threading
from collections.abc import Sequence
from urllib.parse import quote

from litestar.types import ASGIApp

from gatewatch.model.moment import Moment
from gatewatch.query import case as cases
from gatewatch.query import targets
from gatewatch.query.check import check
from gatewatch.query.invented import invented
from gatewatch.query.search import search
from gatewatch.site.inprocess import InProcess
from gatewatch.site.repository import Repository

ASIDE = "warming"
_BASE = "http://localhost"
_log = logging.getLogger("gatewatch")


def warm(app: ASGIApp, repository: Repository) -> None:
    """Ask for a case and search for a host, inside of what counts and logs requests. What goes
    wrong is logged, and stops no start: whoever asks is told of it."""
    try:
        if chosen := _chosen(repository):
            service, code = chosen
            host = (*repository.catalogue.services[service].domains, service)[0]
            with InProcess(app, _BASE) as ask:
                ask(f"/case/{quote(service)}/{code}")
                ask("/find", (("q", host),))
            # The other ledger meanwhile: until it is there the first one answers all.
            threading.Thread(
                target=_look, args=(repository, service, host), name=ASIDE, daemon=True
            ).start()
    except Exception:  # noqa: BLE001 - whatever it is, the first visitor may have it as well
        _log.exception("the first answers could not be prepared")


def _chosen(repository: Repository) -> tuple[str, str] | None:
    """The case of which sources say most, in a country of which a register is held if there is
    one, of a service that nobody measured if there is one: what counts measurements takes 60 MB
    as soon as it is loaded, and a worker that is idle should be small."""
    known = repository.catalogue
    held = {one.jurisdiction for one in repository.registers().values()}
    with repository.cheap_ledger() as ledger:
        counted = {targets.service_of(known, name) for name in targets.measured(ledger)}

    def worth(one: tuple[tuple[str, str], Sequence[object]]) -> tuple[bool, bool, int]:
        (service, code), claims = one
        return service not in counted, code in held, len(claims)

    return max(known.cases.items(), key=worth, default=(None,))[0]


def _look(repository: Repository, service: str, host: str) -> None:
    known, moment = repository.catalogue, Moment.parse()
    try:
        with repository.cheap_ledger() as ledger:
            list(cases.every(known, moment, ledger, services=[service]))
            check(ledger, [host], moment, catalogue=known)
            search(ledger, known, host, moment)
            invented(ledger)
    except Exception:  # noqa: BLE001 - as above
        _log.exception("a ledger could not be prepared")
