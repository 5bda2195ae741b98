"""Files, folders, archives and standard input: what they hand over, and what they refuse."""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewatch.errors import SourceError
from gatewatch.sources.containers import expand, large, zst
from gatewatch.sources.containers.folder import named_time
from gatewatch.sources.containers.large import Data
from gatewatch.sources.containers.open import open_source
from gatewatch.sources.containers.raw import Raw, Skipped, blob_id

PRAGUE = ZoneInfo("Europe/Prague")
DATA = b"alpha.example\nbeta.example\n" * 50
MIB = 1 << 20
LIMIT = 8 * MIB


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(held, "w", method) as archive:
        warnings.simplefilter("ignore", UserWarning)  # a name given twice
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return held.getvalue()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zst.zstd.compress,
}
compressed = pytest.mark.parametrize("suffix", [s for s in COMPRESS if s])


def handed(path: Path, companions: str | None = None) -> list[Raw | Skipped]:
    source = open_source(str(path), "list.txt", companions, PRAGUE)
    return list(source.snapshots(lambda _: True))


def texts(path: Path) -> list[Data | None]:
    """The list of every snapshot; a skipped one fails the test with its reason."""
    snapshots = handed(path)
    assert [one.reason for one in snapshots if isinstance(one, Skipped)] == []
    return [one.parts["list.txt"].data for one in snapshots if isinstance(one, Raw)]


def reason(path: Path) -> str:
    """Why the one snapshot there is was skipped."""
    (one,) = handed(path)
    assert isinstance(one, Skipped)
    return one.reason


def put(path: Path, data: bytes = DATA) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", COMPRESS)
def test_a_file_is_one_snapshot_however_it_is_compressed(tmp_path: Path, suffix: str) -> None:
    """The content's name is that of the plain bytes; the day in the file's name dates it."""
    path = put(tmp_path / f"2024-03-01.txt{suffix}", COMPRESS[suffix](DATA))
    (one,) = handed(path)
    assert isinstance(one, Raw)
    assert (one.content, one.parts["list.txt"].data) == (blob_id(DATA), DATA)
    assert one.named_at == datetime(2024, 2, 29, 23, tzinfo=UTC)


@compressed
def test_compressed_in_several_pieces_is_one_text(tmp_path: Path, suffix: str) -> None:
    """Streams set end to end, as parallel compressors write them, are read to the last."""
    pack = COMPRESS[suffix]
    path = put(tmp_path / f"2024-03-01.txt{suffix}", pack(DATA) + pack(b"") + pack(b"last.example"))
    assert texts(path) == [DATA + b"last.example"]


def test_a_file_without_a_date_is_dated_by_its_modification(tmp_path: Path) -> None:
    """Its container is all that says when it was taken."""
    path = put(tmp_path / "list.txt")
    os.utime(path, (1_500_000_000, 1_500_000_000))
    (one,) = handed(path)
    assert isinstance(one, Raw)
    assert (one.named_at, one.committed_at) == (None, datetime.fromtimestamp(1_500_000_000, UTC))


def test_dated_files_come_in_the_order_of_their_days(tmp_path: Path) -> None:
    """Whatever way the day is written and the file is packed; hidden files and links are passed
    over."""
    put(tmp_path / "list_20240301-1800.csv.gz", gzip.compress(b"3"))
    put(tmp_path / "2024-03-01.csv", b"2")
    put(tmp_path / "2024-02.csv.zst", COMPRESS[".zst"](b"1"))
    put(tmp_path / "2024-04-01.zip", zipped(("export.csv", b"4")))
    put(tmp_path / ".DS_Store", b"hidden")
    (tmp_path / "2024-05-01.csv").symlink_to("/etc/hostname")
    assert texts(tmp_path) == [b"1", b"2", b"3", b"4"]


def test_a_folder_of_dated_folders_is_one_snapshot_a_folder(tmp_path: Path) -> None:
    """Each holds the list, packed or not, and what belongs to it; other files are no part of it."""
    put(tmp_path / "2024-03-01" / "list.txt", b"1")
    put(tmp_path / "2024-03-02" / "list.txt.gz", gzip.compress(b"2"))
    put(tmp_path / "2024-03-02" / "orders" / "a.txt.xz", lzma.compress(b"order"))
    put(tmp_path / "2024-03-02" / "README.md", b"no part")
    first, second = handed(tmp_path, "orders")
    assert isinstance(first, Raw)
    assert isinstance(second, Raw)
    assert {n: p.data for n, p in first.parts.items()} == {"list.txt": b"1"}
    assert {n: p.data for n, p in second.parts.items()} == {
        "list.txt": b"2",
        "orders/a.txt": b"order",
    }


def test_a_zip_is_a_snapshot_or_a_folder_of_dated_files(tmp_path: Path) -> None:
    """With the list's own name in it, at any depth, it is one snapshot; else each file is one."""
    put(tmp_path / "2024-03-01.zip", zipped(("x/y/list.txt", b"1"), ("x/y/notes", b"no part")))
    put(tmp_path / "2024-03-02.zip", zipped(("2024-03-03.csv", b"3"), ("2024-03-02.csv", b"2")))
    assert texts(tmp_path) == [b"1", b"2", b"3"]


def test_an_unchanged_file_keeps_its_origin_and_a_changed_one_does_not(tmp_path: Path) -> None:
    """By its origin a snapshot is known again without reading it."""
    path = put(tmp_path / "2024-03-01.txt")
    names = [open_source(str(tmp_path), "list.txt").origins() for _ in range(2)]
    put(path, DATA + b"more.example\n")
    assert names[0] == names[1] != open_source(str(tmp_path), "list.txt").origins()


@pytest.mark.parametrize("suffix", COMPRESS)
def test_standard_input_is_one_snapshot(suffix: str) -> None:
    """Through a real pipe, packed or not, once asked for by its name `-`."""
    program = (
        "from gatewatch.sources.containers.open import open_source\n"
        "(one,) = open_source('-', 'list.txt').snapshots(lambda _: True)\n"
        "print(one.origin)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=COMPRESS[suffix](DATA),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == f"stdin:{blob_id(DATA)}"


def test_what_is_not_there_and_what_is_no_container_is_refused(tmp_path: Path) -> None:
    """Each error says what was looked for."""
    with pytest.raises(SourceError, match="does not exist"):
        open_source(str(tmp_path / "none"), "list.txt")
    with pytest.raises(SourceError, match="no file to read"):
        open_source(str(tmp_path), "list.txt")
    with pytest.raises(SourceError, match="fetch the file"):
        open_source("ftp://a.example/list.txt", "list.txt")
    assert "the archive is empty" in reason(put(tmp_path / "x.zip", zipped(("folder/", b""))))


def _bomb(suffix: str) -> bytes:
    """256 MiB of nothing, packed without ever holding it."""
    if suffix == ".zip":
        held = io.BytesIO()
        with (
            zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("2024-03-01.csv", "w") as member,
        ):
            for _ in range(64):
                member.write(bytes(4 * MIB))
        return held.getvalue()
    pack = COMPRESS[suffix]
    return b"".join([pack(bytes(4 * MIB))] * 64)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst", ".zip"])
def test_a_bomb_is_refused_within_bounded_memory(tmp_path: Path, suffix: str) -> None:
    """256 MiB behind a few dozen KiB end at the limit, in a process that may not hold half of
    them."""
    path = put(tmp_path / f"2024-03-01.txt{suffix}", _bomb(suffix))
    assert path.stat().st_size < MIB
    program = (
        "import resource, sys\n"
        "from gatewatch.sources.containers.open import open_source\n"
        "source = open_source(sys.argv[1], 'list.txt')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "(one,) = source.snapshots(lambda _: True)\n"
        "print(one.reason)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env={**os.environ, "GATEWATCH_MAX_SNAPSHOT": str(LIMIT)},
        capture_output=True,
        check=True,
        text=True,
    )
    said, grown = done.stdout.splitlines()
    assert f"expands to more than {LIMIT:,} bytes; raise GATEWATCH_MAX_SNAPSHOT" in said
    assert int(grown) < 96


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_what_is_packed_to_a_thousandth_is_refused(tmp_path: Path, suffix: str) -> None:
    """Below the limit of a snapshot, something may expand to a hundred times its size, or to
    16 MiB: a record costs many times its bytes."""
    packed = _bomb(suffix)
    with pytest.raises(SourceError, match=r"more than [0-9,]+ bytes; 100 times its size"):
        list(expand.members("x", packed, 1 << 31)) if suffix == ".zip" else expand.expand(
            "x.gz", packed, 1 << 31
        )
    small = gzip.compress(bytes(8 * MIB))
    assert len(expand.expand("x.gz", small, 1 << 31)) == 8 * MIB


def test_one_frame_of_nothing_but_repeats_is_refused_too() -> None:
    """zstd's densest form: blocks of four bytes that each stand for 128 KiB."""
    block = struct.pack("<I", (128 << 10 << 3) | (1 << 1))[:3] + b"\0"
    frame = b"\x28\xb5\x2f\xfd\x00\x58" + block * 50_000
    with pytest.raises(SourceError, match="expands to more than"):
        expand.expand("x.zst", frame, LIMIT)


def test_a_window_or_dictionary_of_gigabytes_is_never_filled(tmp_path: Path) -> None:
    """A header that claims a huge history is read where that costs nothing, and refused
    elsewhere."""
    data = bytearray(lzma.compress(DATA, check=lzma.CHECK_NONE))
    size = (data[12] + 1) * 4
    data[12 + 4] = 36  # a dictionary of 1 GiB
    data[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(data[12 : 12 + size - 4]))
    assert expand.expand("x.xz", bytes(data), LIMIT) == DATA
    frame = b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x01\x00\x00"  # a window of 2 GiB
    with pytest.raises(SourceError, match=r"x\.zst: damaged"):
        expand.expand("x.zst", frame, LIMIT)


def test_the_limit_is_one_for_all_files_of_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many members, each below the limit, do not add up to more than it, packed twice or not."""
    monkeypatch.setenv("GATEWATCH_MAX_SNAPSHOT", str(LIMIT))
    piece = gzip.compress(bytes(3 * MIB))
    nested = zipped(*((f"list.txt.{n:02}.gz", piece) for n in range(4)), ("list.txt", b""))
    assert "expands to more than" in reason(put(tmp_path / "a" / "2024-03-01.zip", nested))
    put(tmp_path / "b" / "list.txt", b"")
    for n in range(4):
        put(tmp_path / "b" / f"list.txt.{n:02}.gz", piece)
    assert "expands to more than" in reason(tmp_path / "b")
    put(tmp_path / "c" / "list.txt", bytes(5 * MIB))
    put(tmp_path / "c" / "list.txt.00", bytes(5 * MIB))
    assert "larger than" in reason(tmp_path / "c")


@pytest.mark.parametrize(
    "name",
    [
        "../list.txt",
        "/list.txt",
        "a/../../list.txt",
        "..\\list.txt",
        "C:\\list.txt",
        "C:list.txt",
        ".",
        "\\\\host\\list.txt",
    ],
)
def test_a_member_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    """Such an archive is skipped by name; nothing is written anywhere."""
    path = put(tmp_path / "in" / "2024-03-01.zip", zipped((name, DATA)))
    assert "points outside the archive" in reason(path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


def test_a_link_in_an_archive_is_its_own_text(tmp_path: Path) -> None:
    """What it points at is not opened."""
    secret = put(tmp_path / "secret.txt", b"hidden.example")
    link = zipfile.ZipInfo("2024-03-01.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(link, str(secret))
    assert texts(put(tmp_path / "in" / "list.zip", held.getvalue())) == [str(secret).encode()]


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    """Neither as a dated file nor among the files of a snapshot."""
    secret = put(tmp_path / "secret.txt", b"hidden.example")
    put(tmp_path / "in" / "list.txt", b"1")
    (tmp_path / "in" / "list.txt.00").symlink_to(secret)
    assert texts(tmp_path / "in") == [b"1"]


def test_members_of_one_name_are_refused_unless_they_are_alike(tmp_path: Path) -> None:
    """Which of two would be the list cannot be told; the same one twice is one."""
    alike = zipped(("2024-03-01.csv", b"1"), ("2024-03-01.csv", b"1"))
    assert texts(put(tmp_path / "a" / "x.zip", alike)) == [b"1"]
    differing = zipped(("2024-03-01.csv", b"1"), ("2024-03-01.csv", b"2"))
    assert "two members are named" in reason(put(tmp_path / "b" / "x.zip", differing))


def test_thousands_of_members_are_read_and_too_many_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three thousand days are three thousand snapshots; past the bound the archive is refused."""
    days = [datetime.fromtimestamp(n * 86400, UTC).date().isoformat() for n in range(3000)]
    many = zipped(*((f"{day}.csv", day.encode()) for day in days), method=zipfile.ZIP_STORED)
    path = put(tmp_path / "many.zip", many)
    assert texts(path) == [day.encode() for day in days]
    monkeypatch.setattr(expand, "_MOST_MEMBERS", 2999)
    assert "3,000 members are more than 2,999" in reason(path)


@compressed
def test_a_compressed_file_cut_anywhere_is_refused(suffix: str) -> None:
    """A cut list must never be read as a short one."""
    whole = COMPRESS[suffix](DATA)
    for at in range(6, len(whole)):
        with pytest.raises(SourceError, match=r"^x: damaged"):
            expand.expand("x", whole[:at], LIMIT)


def test_a_zip_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """Without its directory at the end an archive is skipped with a reason; the next one is
    read."""
    whole = zipped(("2024-03-01.csv", DATA), ("2024-03-02.csv", DATA))
    for at in range(4, len(whole), 7):
        with pytest.raises(SourceError, match="damaged"):
            list(expand.members("x", whole[:at], LIMIT))
    put(tmp_path / "2024-03-01.zip", whole[:-30])
    put(tmp_path / "2024-03-02.csv", b"2")
    first, second = handed(tmp_path)
    assert isinstance(first, Skipped)
    assert "damaged zip archive" in first.reason
    assert isinstance(second, Raw)


@settings(max_examples=300)
@given(
    kind=st.sampled_from([*COMPRESS, "deflated", "lzma", "bzip2", "stored"]),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 7)), min_size=1, max_size=4),
)
def test_damaged_archives_are_read_or_refused(kind: str, flips: list[tuple[int, int]]) -> None:
    """Flipped bits end in SourceError or in bytes within the limit, never in another error."""
    methods = {"deflated": 8, "lzma": 14, "bzip2": 12, "stored": 0}
    zips = kind in methods
    files = (("2024-03-01.csv", DATA), ("2024-03-02.csv", b"x"))
    data = bytearray(zipped(*files, method=methods[kind]) if zips else COMPRESS[kind](DATA))
    for at, bit in flips:
        data[at % len(data)] ^= 1 << bit
    try:
        if zips:
            found: Data = b"".join(
                large.plain(one) for _, one in expand.members("x", bytes(data), LIMIT)
            )
        else:
            found = expand.expand("x", bytes(data), LIMIT)
    except SourceError:
        return
    assert len(found) <= LIMIT


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    """There is no password to ask for."""
    data = bytearray(zipped(("2024-03-01.csv", DATA)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "damaged or encrypted" in reason(put(tmp_path / "2024-03-01.zip", bytes(data)))


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("2024-03-01.csv", "2024-03-01T00:00+01:00"),
        ("list_20240301-1805.csv.gz", "2024-03-01T18:05+01:00"),
        ("dump 2024.07.01 18h05m09.xml", "2024-07-01T18:05:09+02:00"),
        ("2024-03.csv", "2024-03-01T00:00+01:00"),
        ("2024-02-30.csv", None),
        ("v1.2.csv", None),
        ("9920240301.csv", None),
        ("2024-13-01.csv", None),
    ],
)
def test_the_day_in_a_name_is_read_in_the_register_s_zone(name: str, when: str | None) -> None:
    """A day is its first moment; digits that are no day are none."""
    expected = datetime.fromisoformat(when).astimezone(UTC) if when else None
    assert named_time(name, PRAGUE) == expected
