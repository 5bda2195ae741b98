"""Invented snapshots in every format, so that one suite can hold the laws on all of them.

A snapshot holds entries by name, each in a version: 0, 1 or 2. Entry `a` is about `a.example`.
Version 1 differs from 0 in something the format tells beside the host; where a format tells
nothing else the versions are alike.
"""

import msgspec

from gatewatch.catalogue import registers as catalogue
from gatewatch.model.register import Declared, Expectations, Register

Holds = dict[str, int]
EXPECTED = Expectations(minimum_entries=1, largest_drop=0.6)


class Format(msgspec.Struct, frozen=True):
    """How one format writes a snapshot. `files` maps a path inside the snapshot to its bytes."""

    name: str
    register: Register

    def files(self, hour: int, holds: Holds, extra: bool = False) -> dict[str, bytes]:
        """The snapshot; `extra` adds a field that the format does not know, where it has fields."""
        return _WRITERS[self.name](hour, dict(sorted(holds.items())), extra)


def clock(hour: int) -> str:
    """Local time of a snapshot: hours since the first of January 2020."""
    return f"2020-01-{1 + hour // 24:02}T{hour % 24:02}:00:00"


def number_of(name: str) -> int:
    """Names are numbered by their letters: a is 0, b 1, aa 26."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("a") + 1
    return number - 1


def _rkn(hour: int, holds: Holds, extra: bool) -> dict[str, bytes]:
    more = ' colour="red"' if extra else ""
    rows = "".join(
        f'<content id="{1 + number_of(name)}" includeTime="2019-12-01T00:00:00" entryType="1"'
        f' blockType="domain" hash="{version:032}"{more}>'
        f'<decision date="2019-11-30" number="{version}" org="Board"/>'
        f"<domain><![CDATA[{name}.example]]></domain><ip>192.0.2.1</ip></content>"
        for name, version in holds.items()
    )
    text = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        f'<reg:register xmlns:reg="http://example.org/register" updateTime="{clock(hour)}+03:00"'
        f' updateTimeUrgently="{clock(hour)}" formatVersion="2.2">{rows}</reg:register>'
    )
    return {"dump.xml": text.encode("cp1251")}


def _zi(hour: int, holds: Holds, extra: bool) -> dict[str, bytes]:
    more = ";red" if extra else ""
    rows = "".join(
        f"192.0.2.{1 + version};{name}.example;http://{name}.example/;Board;1;2019-11-30{more}\n"
        for name, version in holds.items()
    )
    return {"dump.csv": f"Updated: {clock(hour).replace('T', ' ')} +0400\n{rows}".encode("cp1251")}


def _ua(hour: int, holds: Holds, extra: bool) -> dict[str, bytes]:
    del hour, extra
    files = {"domains.list": "".join(f"{name}.example\n" for name in holds).encode()}
    for name, version in holds.items():
        order = f"PRESCRIPT/{100 + version}~{200 + version}_1{number_of(name)}000.txt"
        files[order] = f"{name}.example\n".encode()
    return files


def _cz(hour: int, holds: Holds, extra: bool) -> dict[str, bytes]:
    del hour
    more = ("", "") if not extra else (";Barva", ";red")
    head = (
        "Adresa Internetové stránky;Datum zveřejnění údajů IS;Výmaz zveřejněných údajů IS;"
        "Jedinečný identifikátor platebního účtu;Datum zveřejnění údajů PÚ;"
        f"Výmaz zveřejněných údajů PÚ{more[0]}\r\n"
    )
    rows = "".join(
        f"{name}.example;01.12.2019;;{version}/0800;01.12.2019;{more[1]}\r\n"
        for name, version in holds.items()
    )
    return {"mfcr.csv": (head + rows).encode("iso8859-2")}


def _fr(hour: int, holds: Holds, extra: bool) -> dict[str, bytes]:
    del hour
    more = ("", "") if not extra else (";COULEUR", ";red")
    rows = "".join(
        f"{name};{name}.example;{1 + version:02}/12/2019{more[1]}\r\n"
        for name, version in holds.items()
    )
    text = f"\ufeff\ufeffSITE;URL;DATE DE LA DECISION{more[0]}\r\n{rows}"
    return {"blocage_sites_illegaux.csv": text.encode()}


def _hosts(hour: int, holds: Holds, extra: bool) -> dict[str, bytes]:
    del extra
    rows = "".join(f"0.0.0.0 {name}.example\n" for name in holds)
    return {"list.txt": f"# state of {clock(hour)}\n{rows}".encode()}


def _table(hour: int, holds: Holds, extra: bool) -> dict[str, bytes]:
    more = ("", "") if not extra else ("\tcolour", "\tred")
    rows = "".join(
        f"{name}\t{name}.example\t2019-12-0{1 + version}{more[1]}\n"
        for name, version in holds.items()
    )
    return {"list.txt": f"# state of {clock(hour)}\nno\tsite\tday{more[0]}\n{rows}".encode()}


_WRITERS = {
    "rkn-xml": _rkn,
    "zi-csv": _zi,
    "ua-ncu": _ua,
    "cz-mfcr": _cz,
    "fr-anj": _fr,
    "declared-hosts": _hosts,
    "declared-table": _table,
}


def _declared(layout: str, **more: object) -> Register:
    how = msgspec.convert(
        {"layout": layout, "published": r"# state of (\S+)", **more}, Declared, strict=False
    )
    return msgspec.structs.replace(
        catalogue.find("cz-mfcr"), id=f"xx-{layout}", format="declared", declared=how
    )


def _eager(register: Register) -> Register:
    return msgspec.structs.replace(register, expectations=EXPECTED)


ALL = [
    Format("rkn-xml", _eager(catalogue.find("ru-rkn"))),
    Format("zi-csv", _eager(catalogue.find("ru-zi"))),
    Format("ua-ncu", _eager(catalogue.find("ua-ncu"))),
    Format("cz-mfcr", _eager(catalogue.find("cz-mfcr"))),
    Format("fr-anj", _eager(catalogue.find("fr-anj"))),
    Format("declared-hosts", _eager(_declared("hosts"))),
    Format(
        "declared-table",
        _eager(
            _declared(
                "table", delimiter="\t", columns={"no": "id", "site": "domain", "day": "date"}
            )
        ),
    ),
]
