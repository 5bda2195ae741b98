"""Declarations of registers: each fault is refused with the file and the key."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import CatalogueError
from gatewatch.model.register import Register, duration
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.declared import DeclaredList

GOOD = {
    "id": '"xx-board"',
    "jurisdiction": '"XX"',
    "authority": '"Example Board"',
    "title": '"Sites"',
    "publisher": '"Example Board"',
    "licence": '"invented"',
    "format": '"declared"',
    "time_zone": '"Europe/Prague"',
    "cadence": '"2w"',
    "silence": '"30d"',
}
TABLES = {
    "expectations": {"minimum_entries": "2", "largest_drop": "0.5"},
    "redaction": {"withhold_paths": "true"},
    "declared": {"layout": '"table"', "delimiter": '";"'},
    "declared.columns": {"Site": '"selector"', "Day": '"date"'},
}


def toml(**changed: str | None) -> str:
    """A sound declaration with some keys changed or, by None, left out; `table__key` for tables."""
    rows = {("", key): value for key, value in GOOD.items()}
    rows |= {(table, key): v for table, held in TABLES.items() for key, v in held.items()}
    for name, value in changed.items():
        table, _, key = name.rpartition("__")
        rows.pop((table.replace("__", "."), key), None)
        if value is not None:
            rows[table.replace("__", "."), key] = value
    tables = sorted({table for table, _ in rows})
    return "".join(
        f"[{table}]\n" * bool(table)
        + "".join(f"{key} = {value}\n" for (of, key), value in rows.items() if of == table)
        for table in tables
    )


def read(folder: Path, text: str) -> Register:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return catalogue.read(path)


def test_a_sound_declaration_is_read(tmp_path: Path) -> None:
    """What the other tests break is whole before."""
    register = read(tmp_path, toml())
    assert (register.patience, register.zone.key) == (timedelta(days=30), "Europe/Prague")
    assert isinstance(formats.load(register), DeclaredList)


FAULTS: list[tuple[dict[str, str | None], str]] = [
    ({"licence": None}, "licence"),
    ({"id": "7"}, r"\$\.id"),
    ({"id": '"../x"'}, "id"),
    ({"id": '""'}, "id"),
    ({"jurisdiction": '"Czechia"'}, "jurisdiction"),
    ({"jurisdiction": '"cz"'}, "jurisdiction"),
    ({"liscence": '"x"'}, "liscence"),
    ({"time_zone": '"Europe/Nowhere"'}, "time_zone"),
    ({"time_zone": '"../../etc/hostname"'}, "time_zone"),
    ({"time_zone": '"Europe"'}, "time_zone"),
    ({"time_zone": '""'}, "time_zone"),
    ({"cadence": '"often"'}, "cadence"),
    ({"silence": '"3"'}, "silence"),
    ({"silence": '"-3d"'}, "silence"),
    ({"silence": '"²d"'}, "silence"),
    ({"silence": '"999999999999w"'}, "silence"),
    ({"restated": '"yes"'}, "restated"),
    ({"expectations__largest_drop": "0.0"}, "largest_drop"),
    ({"expectations__largest_drop": "nan"}, "largest_drop"),
    ({"expectations__largest_unreadable": "2.0"}, "largest_unreadable"),
    ({"expectations__minimum_entries": '"many"'}, "minimum_entries"),
    ({"expectations__least": "1"}, "least"),
    ({"redaction__withold_paths": "true"}, "withold_paths"),
    ({"declared__delimiter": '""'}, "delimiter"),
    ({"declared__delimiter": '";;"'}, "delimiter"),
    ({"declared__delimiter": "'\"'"}, "delimiter"),
    ({"declared__delimiter": '"\\n"'}, "delimiter"),
    ({"declared__comment": '""'}, "comment"),
    ({"declared__separator": '""'}, "separator"),
    ({"declared__published": "'State of .*'"}, "published"),
    ({"declared__published": "'State (of'"}, "published"),
    ({"declared__published": "'(?P<no>x'"}, "published"),
    ({"declared__published_format": '"%Q"'}, "published_format"),
    ({"declared__published_format": '"%d %d"'}, "published_format"),
    ({"declared__date_format": '"%-d.%m.%Y"'}, "date_format"),
    ({"declared__encoding": '"utf-32"'}, "encoding"),
    ({"declared__encoding": '"UTF-32-LE"'}, "encoding"),
    ({"declared__encoding": '"none-such"'}, "encoding"),
    ({"declared__encoding": '"idna"'}, "encoding"),
    ({"declared__encoding": '"hex"'}, "encoding"),
    ({"declared__encoding": '"unicode_escape"'}, "encoding"),
    ({"declared__encoding": '"cp037"'}, "encoding"),
    ({"declared__encoding": '""'}, "encoding"),
    ({"declared__columns__Site": "1"}, "columns"),
]


@pytest.mark.parametrize(("changed", "key"), FAULTS, ids=lambda part: str(part)[:60])
def test_a_fault_is_refused_with_the_file_and_the_key(
    tmp_path: Path, changed: dict[str, str | None], key: str
) -> None:
    """When the declaration is loaded, before any list is looked at."""
    with pytest.raises(CatalogueError) as refused:
        read(tmp_path, toml(**changed))
    assert str(tmp_path / "mine.toml") in str(refused.value)
    assert re.search(key, str(refused.value))


@pytest.mark.parametrize(
    "changed",
    [
        {"declared__layout": '"stanzas"'},
        {"declared__layout": '"lines"'},
        {"declared__columns__Site": '"web"'},
        {"declared__columns__Site": '"ignore"'},
        {"format": '"none-such"'},
    ],
    ids=str,
)
def test_a_layout_that_no_format_reads_is_refused(
    tmp_path: Path, changed: dict[str, str | None]
) -> None:
    """When the format is looked up, with the words there are."""
    register = read(tmp_path, toml(**changed))
    with pytest.raises(CatalogueError, match=r"layout|columns|format|line"):
        formats.load(register)


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "windows-1250",
        "iso8859-2",
        "koi8-r",
        "shift_jis",
        "gb18030",
        "euc-kr",
        "big5",
        "ascii",
    ],
)
def test_encodings_of_real_lists_are_taken(tmp_path: Path, encoding: str) -> None:
    """Those in which a line end is the byte it is in ASCII."""
    assert read(tmp_path, toml(declared__encoding=f'"{encoding}"'))


@pytest.mark.parametrize(
    "order",
    [
        "%Y-%m-%d",
        "%d. %m. %Y",
        "%d/%m/%y",
        "%d.%m.%Y %H:%M",
        "%Y-%m-%dT%H:%M:%S%z",
        "%j %Y",
        "%d %B %Y",
        "%I:%M %p %d.%m.%Y",
    ],
)
def test_orders_of_real_dates_are_taken(tmp_path: Path, order: str) -> None:
    """Whatever strptime can read back."""
    assert read(tmp_path, toml(declared__date_format=f'"{order}"'))


@pytest.mark.parametrize("data", [b"\xff\xfe", b"id = ", b"[id]\nx = 1\n", b""])
def test_what_is_no_declaration_is_refused_with_the_file(tmp_path: Path, data: bytes) -> None:
    """Bytes that are no UTF-8, text that is no TOML, TOML that is no register."""
    path = tmp_path / "mine.toml"
    path.write_bytes(data)
    with pytest.raises(CatalogueError, match=re.escape(str(path))):
        catalogue.read(path)


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    """A missing file, and a folder in its place."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(CatalogueError, match=re.escape(str(path))):
            catalogue.read(path)


values = st.recursive(
    st.one_of(
        st.integers(-9, 9), st.sampled_from(["true", "false", '"x"', '""', "nan", '"3d"', "[]"])
    ),
    lambda inner: st.lists(inner, max_size=2).map(lambda held: f"[{', '.join(map(str, held))}]"),
)


@settings(max_examples=100)
@given(
    name=st.sampled_from(
        [
            *GOOD,
            *(f"{t.replace('.', '__')}__{k}" for t in TABLES for k in (*TABLES[t], "comment")),
            "declared__published",
            "declared__separator",
            "grounds",
            "bodies",
        ]
    ),
    value=values,
)
def test_any_value_of_any_key_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: object
) -> None:
    """No value ends in another error than the one that names the file."""
    folder = tmp_path_factory.getbasetemp()
    text = toml(**{name: str(value)})
    assert tomllib.loads(text)
    try:
        read(folder, text)
    except CatalogueError as refused:
        named = str(refused)
    else:
        return
    assert str(folder) in named


def test_every_declaration_of_the_project_is_sound() -> None:
    """All are read, and each has a format."""
    for register in catalogue.declared().values():
        assert formats.load(register).default_path


@given(number=st.integers(1, 9999), unit=st.sampled_from("mhdw"))
def test_durations_are_numbers_with_a_unit(number: int, unit: str) -> None:
    """Minutes, hours, days, weeks."""
    seconds = {"m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
    assert duration(f"{number}{unit}") == timedelta(seconds=number * seconds)
