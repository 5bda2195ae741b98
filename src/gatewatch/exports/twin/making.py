"""A copy of the site made in a folder: asked of the site page by page, compared with what the
folder holds, and only what differs is written."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import msgspec

from gatewatch import disk
from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.exports import exporting
from gatewatch.exports.files import read
from gatewatch.exports.tables import DataSet
from gatewatch.exports.twin import asking, finding, listing, queries
from gatewatch.exports.twin.asking import Open, RawPage
from gatewatch.exports.twin.crawling import MOST, CopiedPart, Crawl, bound
from gatewatch.exports.twin.places import Address, Held
from gatewatch.exports.twin.rewriting import CopyTarget
from gatewatch.words.languages import LANGUAGES

Seen = Callable[[int, int, str], None]
"""Told how many of how many pages are there, and the last of them."""


class CopyWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be copied."""

    day: date
    """At whose end the clock stands."""
    pages: tuple[Address, ...] = ()
    """Asked for beside those that every copy holds."""
    target: CopyTarget = CopyTarget()
    most: int = MOST
    part: CopiedPart = CopiedPart()
    pictures: bool = False
    """Pictures as PNG and for narrow columns too."""
    processes: int = 1
    queries: Path | None = None
    """A folder with the files of DuckDB-Wasm; None: the copy has no page of queries."""
    recorded_by: datetime | None = None
    """When the newest of what was copied was recorded."""


class Made(msgspec.Struct, frozen=True):
    """What came of it."""

    files: int
    bytes: int
    pages: int
    """In all languages."""
    written: tuple[str, ...]
    removed: tuple[str, ...]
    left_out: dict[str, int]
    """How many pages of a bounded kind are not there."""
    signed_by: tuple[str, ...]


def make(
    folder: Path,
    opened: Open,
    wish: CopyWish,
    *,
    data: Sequence[DataSet],
    catalogue: Catalogue,
    sign: listing.Sign | None = None,
    seen: Seen | None = None,
) -> Made:
    """Make a folder a copy of the site, or make an earlier copy there like it is now. Whoever reads
    it meanwhile finds each file whole; the signed list is written last."""
    with exporting.alone(folder):
        _our_own(folder)
        undone = folder / exporting.UNDONE
        exporting.emptied(undone)
        try:
            with tempfile.TemporaryDirectory() as room:
                made = _Copy(Path(room), undone, opened, wish).make(data, catalogue, seen)
            done = _moved(folder, undone, made, sign=sign)
        except BaseException:
            exporting.emptied(undone)
            raise
        shutil.rmtree(undone)
    return done


class _Copied(msgspec.Struct, frozen=True):
    pages: int
    left_out: dict[str, int]


class _Copy:
    """One making. `room`: for pages as the site wrote them; `out`: for the files of the copy."""

    def __init__(self, room: Path, out: Path, opened: Open, wish: CopyWish) -> None:
        self._room, self._out, self._open, self._wish = room, out, opened, wish
        self._held = Held()
        self._raw: list[RawPage] = []

    def make(self, data: Sequence[DataSet], catalogue: Catalogue, seen: Seen | None) -> _Copied:
        sets = self._data(data)
        if self._wish.queries:
            queries.copy(self._wish.queries, self._out, sets, self._held)
        crawl = Crawl(
            self._wish.pages,
            most=self._wish.most,
            pictures=self._wish.pictures,
            part=self._wish.part,
        )
        task = asking.AskTask(open=self._open, data=self._out / "data", room=self._room)
        with asking.Pool(task, self._wish.processes) as pool:
            for pages in pool.asked(crawl):
                self._raw += pages
                for one in pages:
                    self._held.add(one.lang, one.address)
                if seen:
                    done = len(self._raw)
                    seen(done, done + len(LANGUAGES) * crawl.waiting, pages[0].address.path)
            self._settle(crawl, catalogue, sets)
            pool.rewrite(
                self._raw,
                asking.Rewriting(
                    out=self._out, held=self._held, target=self._wish.target, day=self._wish.day
                ),
            )
        left_out = {
            kind: met - bound(kind, self._wish.most)
            for kind, met in sorted(crawl.met.items())
            if met > bound(kind, self._wish.most)
        }
        return _Copied(len(self._raw), left_out)

    def _settle(self, crawl: Crawl, catalogue: Catalogue, sets: exporting.ExportIndex) -> None:
        """What can only be said once every page is known."""
        if crawl.refused:
            told = ", ".join(one.path for one in crawl.refused)
            raise UsageError(f"the site has no page {told}: name what gatewatch serve shows")
        for lang in LANGUAGES:
            for one, other in crawl.led.items():
                self._held.same(lang, one, other)
        self._held.add("en", finding.ADDRESS)
        place = self._out / finding.FILE
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(finding.index(catalogue, self._held, self._listed(sets)))

    def _data(self, data: Sequence[DataSet]) -> exporting.ExportIndex:
        end = datetime.combine(self._wish.day, time(23, 59, 59), UTC)

        def stamped(one: DataSet) -> datetime:
            """By its own times, so that it gets the same name until its rows change."""
            return datetime.fromisoformat(one.last_published) if one.last_published else _FIRST

        place = self._out / "data"
        found = exporting.export(
            data,
            place,
            as_of=end,
            recorded_by=self._wish.recorded_by,
            keep=1,
            stamped=stamped,
        )
        for file in sorted(place.rglob("*")):
            if file.is_file() and file.name != exporting.LOCK:
                name = file.relative_to(self._out).as_posix()
                self._held.add("en", Address(f"/{name}"), name)
        return found

    def _listed(self, sets: exporting.ExportIndex) -> Iterator[tuple[Address, str]]:
        """Of each entry that has a page here what it lists."""
        for one in sets.datasets:
            for file in (
                f for t in one.versions[0].tables if t.name == "listings" for f in t.files
            ):
                if file.format == "ndjson":
                    for row in read(self._out / "data" / file.url):
                        yield Address(f"/entry/{one.name}/{row['entry']}"), row["value"]


_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""Of what has no time of its own."""


def _our_own(folder: Path) -> None:
    """Files of others are never removed: a folder is empty or an earlier copy."""
    ours = (folder / listing.LIST).exists() or (folder / exporting.UNDONE).exists()
    if not ours and any(p.name != exporting.LOCK for p in folder.iterdir()):
        raise UsageError(f"{folder} holds something else; name an empty folder or an earlier copy")


def _moved(folder: Path, undone: Path, made: _Copied, sign: listing.Sign | None) -> Made:
    """Put what differs in its place, take away what is no more, and write the list of files."""
    before, after = listing.held(folder), listing.found(undone)
    changed = sorted(name for name, digest in after.items() if disk.sha256(folder / name) != digest)
    gone = sorted(name for name in before if name not in after)
    for name in changed:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        (undone / name).replace(place)
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    _prune(folder, {Path(name).parent for name in gone})
    listed = listing.write(folder, after, sign)
    return Made(
        files=len(after) + len(listed.files),
        bytes=sum((folder / name).stat().st_size for name in (*after, *listed.files)),
        pages=made.pages,
        written=(*changed, *listed.written),
        removed=tuple(gone),
        left_out=made.left_out,
        signed_by=listed.signed_by,
    )


def _prune(folder: Path, places: Iterable[Path]) -> None:
    """Remove folders that nothing lies in any more."""
    for place in sorted(places, key=lambda one: len(one.parts), reverse=True):
        here = place
        while here.parts and not any((folder / here).iterdir()):
            (folder / here).rmdir()
            here = here.parent
