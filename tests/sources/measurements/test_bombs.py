"""Files of measurements that are small and stand for much: each ends within its bounds, named, and
what came before it counts."""

import gzip
import io
import lzma
import resource
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatewatch.sources.containers.zst import zstd
from gatewatch.sources.measurements.lines import Line, LineFault, inputs

MIB = 1 << 20
GOOD = b'{"test_name": "web_connectivity", "test_keys": {}}\n'
MOST = 64 * MIB
"""Bytes of memory that any of these may take more than the reader itself."""


def header(kind: bytes, size: int) -> bytes:
    """The head of a member that says how long it is; what follows may be longer or shorter."""
    member = tarfile.TarInfo("a.jsonl")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def good() -> bytes:
    return header(tarfile.REGTYPE, len(GOOD)) + GOOD.ljust(512, b"\0")


def sparse(size: int) -> bytes:
    """A member of the old GNU form: one hole."""
    head = bytearray(header(tarfile.GNUTYPE_SPARSE, 0))
    for at, number in ((386, size), (398, 0), (483, size)):
        head[at : at + 12] = tarfile.itn(number, 12, tarfile.GNU_FORMAT)  # type: ignore[attr-defined]
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def pax(**told: str) -> bytes:
    """What is said of a member in a block before it."""
    member = tarfile.TarInfo("a.jsonl")
    member.pax_headers = {f"GNU.sparse.{name}": value for name, value in told.items()}
    return member.tobuf(tarfile.PAX_FORMAT)


def zeros(size: int, piece: bytes = bytes(MIB)) -> Iterator[bytes]:
    yield from (piece for _ in range(size // len(piece)))


BOMBS: dict[str, tuple[str, Callable[[], Iterator[bytes]]]] = {
    "blank lines": ("jsonl", lambda: zeros(256 * MIB, b"\n" * MIB)),
    "one line": ("jsonl", lambda: zeros(256 * MIB, b"a" * MIB)),
    "extended head": ("tar", lambda: iter([good(), header(tarfile.XHDTYPE, 1 << 33), *zeros(MIB)])),
    "head for all": ("tar", lambda: iter([good(), header(tarfile.XGLTYPE, 1 << 33), *zeros(MIB)])),
    "long name": (
        "tar",
        lambda: iter([good(), header(tarfile.GNUTYPE_LONGNAME, 1 << 33), *zeros(MIB)]),
    ),
    "long link": (
        "tar",
        lambda: iter([good(), header(tarfile.GNUTYPE_LONGLINK, 1 << 33), *zeros(MIB)]),
    ),
    "holes": ("tar", lambda: iter([good(), *(sparse(1 << 40) for _ in range(2000)), bytes(1024)])),
    "holes of another form": (
        "tar",
        lambda: iter([good(), pax(major="1", minor="0", realsize=str(1 << 40)), *zeros(MIB)]),
    ),
    "empty members": ("tar", lambda: iter([good(), header(tarfile.REGTYPE, 0) * 20_000])),
}
PACKERS = {"gz": gzip.open, "xz": lzma.open, "zst": zstd.open}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("packer", PACKERS)
def test_what_is_packed_has_bounds(name: str, packer: str, tmp_path: Path) -> None:
    """Of memory and of bytes, in tar and without, whatever its head says of itself."""
    ending, parts = BOMBS[name]
    file = tmp_path / f"a.{ending}.{packer}"
    with PACKERS[packer](file, "wb") as out:  # type: ignore[operator]
        for part in parts():
            out.write(part)
    assert file.stat().st_size < 2 * MIB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = [told for one in inputs(str(file)) for told in one.lines()]
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST + 96 * MIB  # the longest line that is read, and room for it
    lines = [told for told in found if isinstance(told, Line)]
    faults = [told.reason for told in found if isinstance(told, LineFault)]
    assert sum(len(line.data) for line in lines) <= 17 * MIB
    if ending == "tar":
        assert lines[0].data == GOOD
    assert bool(faults) is (name != "empty members")
    assert all(
        "not read" in one or "longer than" in one or "unexpected end" in one for one in faults
    )


def test_packs_within_packs_have_one_bound(tmp_path: Path) -> None:
    """A hundred members of a tar, each within its own bound, are over that of all."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for n in range(100):
            inner = zstd.compress(GOOD + b"\n" * (10 * MIB))
            member = tarfile.TarInfo(f"{n}.jsonl.zst")
            member.size = len(inner)
            archive.addfile(member, io.BytesIO(inner))
    file = tmp_path / "a.tar"
    file.write_bytes(held.getvalue())
    found = [told for one in inputs(str(file)) for told in one.lines()]
    assert sum(isinstance(told, Line) for told in found) < 100
    assert isinstance(found[-1], LineFault)
    assert "expands to more than" in found[-1].reason


def test_a_pack_of_unknown_size_is_bounded_by_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard input; and an honest one is read to its end."""

    def given(packed: bytes) -> list[Line | LineFault]:
        class Standard:
            buffer = io.BufferedReader(io.BytesIO(packed))

        monkeypatch.setattr("sys.stdin", Standard)
        return [told for one in inputs("-") for told in one.lines()]

    assert given(gzip.compress(GOOD * 1000)) == [Line(GOOD)] * 1000
    long = GOOD[:-2] + b', "annotations": {"padding": "' + b"x" * MIB + b'"}}\n'
    *lines, fault = given(zstd.compress(long * 100))
    assert 60 <= len(lines) <= 64
    assert "expands to more than" in str(fault)


def test_measurements_that_are_alike_are_no_bomb(tmp_path: Path) -> None:
    """One is much like the next: each counts, though a pack of them has a hundredth of their
    size."""
    told = GOOD[:-2] + b', "annotations": {"padding": "' + b"x" * 2000 + b'"}}\n'
    for packer, way in PACKERS.items():
        file = tmp_path / f"alike.jsonl.{packer}"
        with way(file, "wb") as out:  # type: ignore[operator]
            out.write(told * 20_000)
        assert file.stat().st_size * 100 < len(told) * 20_000
        (one,) = inputs(str(file))
        assert sum(isinstance(line, Line) for line in one.lines()) == 20_000
