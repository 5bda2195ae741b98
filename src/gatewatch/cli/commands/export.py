"""export: data sets into a folder, for others to take whole; or the whole site as files."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from gatewatch.cli import complete, site_copy
from gatewatch.cli.options import (
    As,
    AsOf,
    LedgerAt,
    NoColor,
    Output,
    Quiet,
    RecordedBy,
    ValidAt,
    country_code,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.progress import Done, Report, progress
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.exports import described, exporting
from gatewatch.exports.exporting import ExportIndex, Published
from gatewatch.exports.tables import DataSet
from gatewatch.exports.twin import listing
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.query.moments import of_all

EXAMPLES = (
    "export data",
    "export data --dataset catalogue --dataset network --keep 3",
    "export data --verify",
    "export --site copy --service wechat --compare RU,CN",
    "export --verify copy",
)


def export(
    folder: Annotated[str, typer.Argument(help="An empty folder, or that of an earlier export.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    dataset: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="NAME", help="Only this data set. May be given again."),
    ] = None,
    licence: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="TEXT",
            help="Only data sets whose licence holds this text. May be given again.",
        ),
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many versions stay in the folder.")] = 5,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only compare the folder with its checksums.")
    ] = False,
    site: Annotated[
        bool,
        typer.Option("--site", help="The whole site as files that need no server, data sets too."),
    ] = False,
    at: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="DAY",
            help="With --site: the day that the copy is of. Default: the last on which anything"
            " became known.",
        ),
    ] = None,
    compare: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="RU,CN", help="With --site: these countries side by side. May be given again."
        ),
    ] = None,
    page: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="PATH",
            help="With --site: a page of the site beside those that every copy holds, as"
            " '/case/wechat/RU?valid_at=2017-05-08'. May be given again.",
        ),
    ] = None,
    public_url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="With --site: where the copy will lie, for feeds and previews."
        ),
    ] = "",
    served_at: Annotated[
        str,
        typer.Option(metavar="URL", help="With --site: a site that answers what a copy cannot."),
    ] = "",
    most: Annotated[
        int,
        typer.Option(
            min=0,
            help="With --site: pages of entries, of orders, of episodes, of networks, of measurements at most.",
        ),
    ] = 1000,
    service: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            help="With --site: pages of this service and no other. May be given again.",
            autocompletion=complete.services,
        ),
    ] = None,
    jurisdiction: Annotated[
        Optional[list[Jurisdiction]],  # noqa: UP045
        typer.Option(
            "--jurisdiction",
            "-j",
            metavar="CC",
            help="With --site: pages of this country and no other. May be given again.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option(
            "--pictures",
            help="With --site: pictures as PNG and for narrow columns too; it takes long.",
        ),
    ] = False,
    queries: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="FOLDER",
            help="With --site: the files of DuckDB-Wasm. Default: where make queries put them.",
        ),
    ] = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="With --site: sign nothing, make no key.")
    ] = False,
    key: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="NAME+ID+KEY",
            help="With --verify: a public key of the operator, as it is published. May be given"
            " again. Default: those that lie in the copy.",
        ),
    ] = None,
    output: As = Output.TABLE,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Data sets into a folder: Parquet, CSV, NDJSON, what changed since the last, index.json, DCAT,
    Croissant. With --site the whole site as files that need no server."""
    if verify:
        _verify(folder, output, key or [])
        return
    if site:
        if valid_at or as_of or recorded_by or dataset or licence:
            raise UsageError("a copy of the site is of one day, --at, and of all data sets")
        location = ledger_at(ledger)
        wish = site_copy.wanted(
            location,
            at,
            compare or [],
            page or [],
            public_url=public_url,
            served_at=served_at,
            most=most,
            pictures=pictures,
            services=service or [],
            places=jurisdiction or [],
            folder=queries,
        )
        made = site_copy.copy(location, Path(folder), wish, signed=not unsigned, quiet=quiet)
        show(
            output,
            [site_copy.row(made)],
            lambda page: site_copy.draw(page, made, folder),
            pipe=lambda: site_copy.lines(made),
        )
        return
    from gatewatch.exports.datasets import datasets
    from gatewatch.query import ledger as reading
    from gatewatch.query.facts import facts_for

    opened = reading.open(ledger_at(ledger))
    given = Moment.parse(valid_at, as_of, recorded_by)
    known, moment = facts_for(opened, given).catalogue, of_all(opened, given)
    chosen = _chosen(datasets(opened, known, moment), dataset or [], licence or [])
    with progress("export", quiet=quiet) as report:
        done = exporting.export(
            chosen,
            Path(folder),
            as_of=moment.as_of,
            recorded_by=moment.recorded_by,
            keep=keep,
            seen=_tables(chosen, report),
        )
        described.write(done, Path(folder))
    show(
        output,
        [_row(one) for one in done.datasets],
        lambda page: _draw(page, done, folder),
        pipe=lambda: _lines(done),
    )


def _verify(folder: str, output: Output, keys: Sequence[str]) -> None:
    """Say which files are not as the catalogue tells; GatewatchError if there are any."""
    if listing.is_copy(Path(folder)):
        _verify_copy(folder, output, keys)
        return
    if keys:
        raise UsageError(f"{folder} is no copy of a site, and data sets alone are not signed")
    wrong = exporting.verify(Path(folder))
    if wrong:
        raise GatewatchError(
            f"{len(wrong)} files are missing or changed: {', '.join(wrong[:5])}; export again"
        )
    index = f"{folder}/{exporting.INDEX}"
    told = f"every file that {index} names is there and has its checksum"
    show(
        output, [{"index": index, "wrong": 0}], lambda page: page.line(told), pipe=lambda: [[told]]
    )


def _verify_copy(folder: str, output: Output, keys: Sequence[str]) -> None:
    """The same of a copy of the site, whose list is signed."""
    found = listing.verify(Path(folder), keys)
    parts = (("changed", found.changed), ("missing", found.missing), ("added", found.unlisted))
    if not found.sound:
        told = "; ".join(
            f"{len(names)} {word}: {', '.join(names[:5])}" for word, names in parts if names
        )
        raise GatewatchError(f"{folder} is not the copy that was signed: {told}; take it anew")
    by = ", ".join(found.signed_by)
    said = [f"all {found.files:,} files that {folder}/{listing.LIST} names are there, and no other"]
    if not by:
        said.append("nobody signed the list: it shows damage, not who made the copy")
    elif found.trusted:
        said.append(f"signed by {by}")
    else:
        said.append(
            f"signed by {by}, a key that came with the copy: compare it with what the operator"
            " publishes, or give that with --key"
        )
    row = {
        "files": found.files,
        "wrong": 0,
        "signed_by": list(found.signed_by),
        "trusted": found.trusted,
    }

    def person(page: Page) -> None:
        for one in said:
            page.line(one)

    show(
        output,
        [row],
        person,
        pipe=lambda: [[one] for one in said],
    )


def _chosen(
    found: Sequence[DataSet], only: Sequence[str], licences: Sequence[str]
) -> list[DataSet]:
    names = [one.name for one in found]
    if unknown := [name for name in only if name not in names]:
        raise UsageError(f"no data set is called {unknown[0]!r}; there are {', '.join(names)}")
    kept = [
        one
        for one in found
        if (not only or one.name in only)
        and (not licences or any(text.lower() in one.licence.lower() for text in licences))
    ]
    if not kept:
        known = "; ".join(f"{one.name}: {one.licence}" for one in found)
        raise UsageError(f"no data set has such a licence. {known}")
    return kept


def _tables(chosen: Sequence[DataSet], report: Report) -> Callable[[str, int], None]:
    """Counts tables as their rows go by."""
    begun: list[str] = []
    total = sum(len(one.tables) for one in chosen)

    def seen(table: str, rows: int) -> None:
        if not begun or begun[-1] != table:
            begun.append(table)
        report(Done(len(begun) - 1, total, f"tables  {table}  {rows:,} rows"))

    return seen


def _row(one: Published) -> dict[str, object]:
    newest = one.versions[0]
    delta = newest.delta
    return {
        "dataset": one.name,
        "version": one.version,
        "rows": one.rows,
        "licence": one.licence,
        "last_published": one.last_published,
        "last_checked": one.last_checked,
        "tables": {t.name: t.rows for t in newest.tables},
        "bytes": sum(f.bytes for t in newest.tables for f in t.files),
        "since": delta.since if delta else None,
        "added": delta.added if delta else None,
        "modified": delta.modified if delta else None,
        "deleted": delta.deleted if delta else None,
    }


def _lines(done: ExportIndex) -> Iterator[list[object]]:
    for one in done.datasets:
        for table in one.versions[0].tables:
            yield [one.name, one.version, table.name, table.rows]


def _draw(page: Page, done: ExportIndex, folder: str) -> None:
    page.head(count(len(done.datasets), "data set"), str(Path(folder) / exporting.INDEX))
    for one in done.datasets:
        newest = one.versions[0]
        page.line("")
        page.line((one.name, "bold"), f"   {one.title}")
        page.field("Version", one.version, f"{one.rows:,} rows")
        for table in newest.tables:
            page.field("", table.name, f"{table.rows:,}")
        if newest.delta:
            d = newest.delta
            changed = f"{d.added:,} added, {d.modified:,} modified, {d.deleted:,} deleted"
            page.field("Changed", changed, f"since {d.since}")
        page.field("Licence", one.licence)
