"""Every format with a small invented list in it, and ways to write the same list differently."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from hypothesis import strategies as st

from gatewatch.catalogue import registers as catalogue
from gatewatch.model.entry import version_of
from gatewatch.model.register import Declared, Register
from gatewatch.sources.containers.raw import Part, Raw, blob_id
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.reader import Reader, SnapshotReading

TAKEN = datetime(2020, 5, 4, tzinfo=UTC)
Parts = Mapping[str, bytes]


class Item(NamedTuple):
    """One record: its host is `NAME.example`, its decision is of day `version + 1`."""

    name: str
    version: int = 0

    @property
    def host(self) -> str:
        return f"{self.name}.example"

    @property
    def day(self) -> str:
        return f"2020-01-{self.version + 1:02}"


Items = Sequence[Item]
FIRST = (Item("alpha"), Item("beta", 1), Item("gamma", 2))

items = st.dictionaries(
    st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]), st.integers(0, 3)
).map(lambda held: tuple(Item(name, version) for name, version in held.items()))


class Layout(NamedTuple):
    """One format: how a list is written in it, and how the same list is written otherwise."""

    name: str
    register: Register
    write: Callable[[Items], Parts]
    restyled: Mapping[str, Callable[[Items], Parts]]
    strange: tuple[Parts, str] | None = None
    """A list with a field nobody knows, and how it is reported."""
    empty: bytes = b""
    """What a list without entries is, beside no bytes at all."""

    @property
    def main(self) -> str:
        return formats.load(self.register).default_path

    def reader(self) -> Reader:
        return Reader(formats.load(self.register), self.register.format)

    def read(self, parts: Parts) -> tuple[Reader, SnapshotReading]:
        """Read one snapshot with nothing before it."""
        reader = self.reader()
        return reader, reader.read(raw(self.main, parts))

    def digests(self, parts: Parts) -> dict[str, str]:
        reader, _ = self.read(parts)
        return digests(reader)


def raw(main: str, parts: Parts, origin: str = "here") -> Raw:
    """A snapshot as a container hands it over, first seen."""
    return Raw(
        origin, {name: Part(blob_id(data), data) for name, data in parts.items()}, main, TAKEN
    )


def digests(reader: Reader) -> dict[str, str]:
    """What is on the list: entry id to the digest of its meaning."""
    return {i: version_of(entry) for i in reader.ids() if (entry := reader.entry(i))}


def rkn(
    rows: Items,
    *,
    head: str = 'formatVersion="2.4"',
    gap: str = "",
    extra: str = "",
    tail: str = "</reg:register>",
) -> Parts:
    """A dump.xml of urls; `extra` stands in every content, `gap` between all elements."""
    body = gap.join(
        f'<content id="{item.name}" includeTime="2020-01-01T00:00:00" entryType="1" {extra}>{gap}'
        f'<decision date="{item.day}" number="1-РИ" org="Ведомство"/>{gap}'
        f"<url><![CDATA[http://{item.host}/x]]></url>{gap}"
        f"<domain><![CDATA[{item.host}]]></domain>{gap}<ip>192.0.2.1</ip>{gap}</content>"
        for item in rows
    )
    text = (
        f'<?xml version="1.0" encoding="windows-1251"?>{gap}<reg:register '
        f'updateTime="2020-05-04T10:00:00+03:00" {head} xmlns:reg="http://rsoc.example">'
        f"{gap}{body}{gap}{tail}"
    )
    return {"dump.xml": text.encode("cp1251")}


def zi(rows: Items, *, line: str = "\n", pad: str = "", more: str = "") -> Parts:
    """A dump.csv; the number of the decision is part of the entry's name."""
    body = "".join(
        f"192.0.2.1{pad};{item.host};http://{item.host}/x{pad};Ведомство;1-РИ;{item.day}{more}{line}"
        for item in rows
    )
    return {"dump.csv": f"Updated: 2020-05-04 07:00:00 +0000{line}{body}".encode("cp1251")}


def ua(rows: Items, *, line: str = "\n", before: str = "", after: str = "") -> Parts:
    """domains.list, and one order for each day."""
    parts = {"domains.list": "".join(f"{before}{i.host}{after}{line}" for i in rows).encode()}
    for item in rows:
        name = f"PRESCRIPT/{item.version}~1_100{item.version}.txt"
        parts[name] = parts.get(name, b"") + f"{item.host}{line}".encode()
    return parts


def cz(
    rows: Items, *, line: str = "\n", quote: str = "", column: str = "", cell: str = ""
) -> Parts:
    """mfcr.csv; the day is that of publication."""
    head = (
        "Adresa Internetové stránky;Datum zveřejnění údajů IS;Výmaz zveřejněných údajů IS;"
        "Jedinečný identifikátor platebního účtu;Datum zveřejnění údajů PÚ;Výmaz zveřejněných údajů PÚ"
    )
    body = "".join(
        f"{quote}{item.host}{quote};{item.version + 1:02}.01.2020;;;;{cell}{line}" for item in rows
    )
    return {"mfcr.csv": f"{head}{column}{line}{body}".encode("iso8859-2")}


def fr(
    rows: Items,
    *,
    bom: bytes = b"\xc3\xaf\xc2\xbb\xc2\xbf",
    column: str = "",
    cell: str = "",
    line: str = "\n",
    quote: str = "",
) -> Parts:
    """blocage_sites_illegaux.csv behind a byte order mark that was encoded twice."""
    body = "".join(
        f"NOM;{quote}{item.host}{quote};{item.version + 1:02}/01/2020{cell}{line}" for item in rows
    )
    return {
        "blocage_sites_illegaux.csv": bom
        + f"SITE;URL;DATE DE LA DECISION{column}{line}{body}".encode()
    }


def hosts(rows: Items, *, line: str = "\n", before: str = "", after: str = "") -> Parts:
    """One host a line; the version is another host's, as nothing else is said."""
    return {"list.txt": "".join(f"{before}{i.host}{after}{line}" for i in rows).encode()}


def table(
    rows: Items,
    *,
    line: str = "\n",
    quote: str = "",
    column: str = "",
    cell: str = "",
    order: tuple[int, int, int] = (0, 1, 2),
) -> Parts:
    """Named columns, which may come in any order."""

    def joined(*cells: str) -> str:
        return ";".join(cells[i] for i in order)

    body = "".join(
        joined(item.name, f"{quote}{item.host}{quote}", item.day) + f"{cell}{line}" for item in rows
    )
    return {
        "list.txt": f"# invented{line}{joined('No', 'Site', 'Day')}{column}{line}{body}".encode()
    }


def shuffled(write: Callable[[Items], Parts]) -> Callable[[Items], Parts]:
    return lambda rows: write(rows[::-1])


HOSTS = msgspec.structs.replace(
    catalogue.find("fr-anj"), id="xx-hosts", format="declared", declared=Declared()
)
TABLE = msgspec.structs.replace(
    HOSTS,
    id="xx-table",
    declared=Declared(
        layout="table", delimiter=";", columns={"No": "id", "Site": "selector", "Day": "date"}
    ),
)

LAYOUTS = (
    Layout(
        "rkn-xml",
        catalogue.find("ru-rkn"),
        rkn,
        {
            "order": shuffled(rkn),
            "pretty-printed": lambda rows: rkn(rows, gap="\n  "),
            "hash and ts": lambda rows: rkn(rows, extra='hash="0F" ts="2020-05-04T00:00:00+03:00"'),
            "attribute quotes": lambda rows: rkn(rows, extra="urgencyType='0'"),
        },
        (rkn(FIRST, extra='severity="9"'), "content@severity"),
        rkn(())["dump.xml"],
    ),
    Layout(
        "zi-csv",
        catalogue.find("ru-zi"),
        zi,
        {
            "order": shuffled(zi),
            "line ends": lambda rows: zi(rows, line="\r\n"),
            "trailing spaces": lambda rows: zi(rows, pad="  "),
            "each row twice": lambda rows: zi((*rows, *rows)),
        },
        (zi(FIRST, more=";new"), "7 cells where 6 are expected"),
        zi(())["dump.csv"],
    ),
    Layout(
        "ua-ncu",
        catalogue.find("ua-ncu"),
        ua,
        {
            "order": shuffled(ua),
            "line ends": lambda rows: ua(rows, line="\r\n"),
            "plus signs": lambda rows: ua(rows, before="+"),
            "commas": lambda rows: ua(rows, after=", "),
        },
        empty=b"\n\n",
    ),
    Layout(
        "cz-mfcr",
        catalogue.find("cz-mfcr"),
        cz,
        {
            "order": shuffled(cz),
            "line ends": lambda rows: cz(rows, line="\r\n"),
            "quoted cells": lambda rows: cz(rows, quote='"'),
            "spaces": lambda rows: cz(rows, cell="  "),
        },
        (cz(FIRST, column=";Poznámka", cell=";x"), "column Poznámka"),
        cz(())["mfcr.csv"],
    ),
    Layout(
        "fr-anj",
        catalogue.find("fr-anj"),
        fr,
        {
            "order": shuffled(fr),
            "plain byte order mark": lambda rows: fr(rows, bom=b"\xef\xbb\xbf"),
            "no byte order mark": lambda rows: fr(rows, bom=b""),
            "line ends": lambda rows: fr(rows, line="\r\n"),
            "quoted cells": lambda rows: fr(rows, quote='"'),
        },
        (fr(FIRST, column=";MOTIF", cell=";x"), "column MOTIF"),
        fr(())["blocage_sites_illegaux.csv"],
    ),
    Layout(
        "declared-hosts",
        HOSTS,
        hosts,
        {
            "order": shuffled(hosts),
            "line ends": lambda rows: hosts(rows, line="\r\n"),
            "comments": lambda rows: hosts(rows, after="  # why"),
            "a hosts file": lambda rows: hosts(rows, before="0.0.0.0 "),
        },
        empty=b"# nothing\n",
    ),
    Layout(
        "declared-table",
        TABLE,
        table,
        {
            "order": shuffled(table),
            "columns elsewhere": lambda rows: table(rows, order=(2, 0, 1)),
            "line ends": lambda rows: table(rows, line="\r\n"),
            "quoted cells": lambda rows: table(rows, quote='"'),
        },
        (table(FIRST, column=";Note", cell=";x"), "column Note"),
        table(())["list.txt"],
    ),
)
