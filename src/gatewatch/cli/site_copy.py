"""`gatewatch export --site`: the site put together with what copies it to files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gatewatch.cli.progress import Done, progress
from gatewatch.cli.terminal import Page, note
from gatewatch.engines.local import workers
from gatewatch.errors import UsageError
from gatewatch.exports.twin import listing, queries
from gatewatch.exports.twin.crawling import Ask, CopiedPart, Reply
from gatewatch.exports.twin.making import CopyWish, Made, make
from gatewatch.exports.twin.places import Address, parsed
from gatewatch.exports.twin.rewriting import BASE, CopyTarget
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment

if TYPE_CHECKING:
    from datetime import datetime

    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.ledger import Ledger

_MOST_PROCESSES = 4
"""Each opens the ledger and folds all cases for itself."""


def wanted(
    location: str,
    at: str | None,
    compare: Sequence[str],
    pages: Sequence[str],
    *,
    public_url: str,
    served_at: str,
    most: int,
    pictures: bool,
    services: Sequence[str],
    places: Sequence[Jurisdiction],
    folder: str | None,
    processes: int = 0,
) -> CopyWish:
    """What is to be copied; the clock stands at the end of a day, by default the last on which
    anything became known."""
    from gatewatch.catalogue import facts
    from gatewatch.query import ledger as reading
    from gatewatch.query.moments import of_all

    ledger = reading.open(location)
    recorded_by, catalogue = of_all(ledger, Moment.parse()).recorded_by, facts.load()
    for name, url in (("--public-url", public_url), ("--served-at", served_at)):
        if url and not url.startswith(("http://", "https://")):
            raise UsageError(f"{name} {url!r}: begin it with https:// or http://")
    return CopyWish(
        day=_day(at) if at else _last_known(catalogue, recorded_by),
        pages=(*map(_comparison, compare), *map(_page, pages)),
        target=CopyTarget(public_url=public_url.rstrip("/"), asked_at=served_at.rstrip("/")),
        most=most,
        pictures=pictures,
        part=CopiedPart(
            frozenset(catalogue.service(one).id for one in services),
            frozenset(one.code for one in places),
        ),
        processes=processes or min(workers(), _MOST_PROCESSES),
        queries=Path(folder) if folder else queries.installed(),
        recorded_by=recorded_by,
    )


def _day(text: str) -> date:
    found = Moment.parse(text).valid_at
    if len(text.strip()) > len("2017-05-08"):
        raise UsageError(f"--at {text!r}: a copy is of a whole day, write 2017-05-08")
    return found


def _last_known(catalogue: "Catalogue", recorded_by: "datetime | None") -> date:
    days = [one.source.published for one in catalogue.claims.values() if one.source.published]
    return max([*days, *([recorded_by.date()] if recorded_by else [])])


def _comparison(text: str) -> Address:
    codes = [code.strip().upper() for code in text.split(",") if code.strip()]
    if not 2 <= len(codes) <= 4:
        raise UsageError(f"--compare {text!r}: name two to four countries, as in RU,CN")
    return Address("/compare", tuple(("jurisdiction", code) for code in codes))


def _page(text: str) -> Address:
    if not text.startswith("/"):
        raise UsageError(f"--page {text!r}: write its path, as /case/wechat/RU?valid_at=2017-05-08")
    lang, address, _ = parsed(text)
    if lang != "en":
        raise UsageError(f"--page {text!r}: leave out the language, every page is copied in each")
    return address


def copy(location: str, folder: Path, wish: CopyWish, *, signed: bool, quiet: bool) -> Made:
    """Make the copy, and say on the way how far it is."""
    from gatewatch.exports.datasets import datasets
    from gatewatch.query import ledger as reading
    from gatewatch.query.facts import facts_for
    from gatewatch.query.moments import of_all

    opened: Ledger = reading.open(location)
    moment = of_all(opened, Moment.parse(wish.day, wish.day))
    catalogue = facts_for(opened, moment).catalogue
    if wish.queries is None:
        pin = queries.pin()
        note(
            f"No page of queries: it needs {pin.package} {pin.version} as files. `make queries`"
            " brings them; --queries FOLDER names where they are."
        )
    with progress("export", quiet=quiet) as report:
        return make(
            folder,
            partial(_site, location, wish),
            wish,
            data=datasets(opened, catalogue, moment),
            catalogue=catalogue,
            sign=_signing(opened) if signed else None,
            seen=lambda done, total, page: report(Done(done, total, f"pages  {page}")),
        )


@contextmanager
def _site(location: str, wish: CopyWish, data: Path) -> Iterator[Ask]:
    from gatewatch.errors import needs

    with needs("site"):
        from gatewatch.site.app import build
        from gatewatch.site.inprocess import InProcess
        from gatewatch.site.settings import CopySettings, SiteSettings
    with TemporaryDirectory() as state:
        settings = SiteSettings(
            ledger=location,
            state=Path(state),
            public_url=BASE,
            exports=str(data),
            rate=0,
            copied=CopySettings(
                day=wish.day,
                public_url=wish.target.public_url,
                asked_at=wish.target.asked_at,
                queries=wish.queries is not None,
            ),
        )
        with InProcess(build(settings), BASE) as asked:

            def ask(path: str, query: tuple[tuple[str, str], ...]) -> Reply:
                status, body, leads_to = asked(path, query)
                return Reply(status=status, body=body, leads_to=leads_to)

            yield ask


def _signing(opened: "Ledger") -> listing.Sign | None:
    """Signs with the key of the ledger's log, made when it is first needed."""
    from gatewatch.ledger import notes
    from gatewatch.ledger.journal import Journal

    signer = Journal(opened.store).signer()
    if signer is None:
        note("Nobody signs this copy: no key can be made or kept beside this ledger.")
        return None

    def sign(text: str) -> tuple[str, list[str]]:
        return notes.note(text, [signer]), [str(signer.verifier)]

    return sign


def draw(page: Page, made: Made, folder: str) -> None:
    """What came of it, for a person."""
    page.head(f"{made.files:,} files", f"{made.bytes / 1e6:.1f} MB in {folder}")
    page.field("Pages", f"{made.pages:,}", "in three languages")
    page.field("Written", f"{len(made.written):,}", f"{len(made.removed):,} removed")
    for kind, number in made.left_out.items():
        page.field("Left out", f"{number:,} {kind}", "--most N holds more; the data sets hold all")
    for key in made.signed_by:
        page.field("Signed by", key)
    page.field(
        "Open", str(Path(folder) / "index.html"), f"or serve it: python3 -m http.server -d {folder}"
    )


def lines(made: Made) -> Iterator[Sequence[object]]:
    """What changed in the folder, a file a line."""
    yield from (["written", name] for name in made.written)
    yield from (["removed", name] for name in made.removed)


def row(made: Made) -> dict[str, object]:
    """What came of it, for a program."""
    return {
        "files": made.files,
        "bytes": made.bytes,
        "pages": made.pages,
        "written": list(made.written),
        "removed": list(made.removed),
        "left_out": made.left_out,
        "signed_by": list(made.signed_by),
    }
