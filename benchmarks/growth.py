"""A register grown to 1,500,000 entries: memory, the next state, look-ups, the size of its
history."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from struct import unpack

from benchmarks.measure import Result

_ENTRIES, _SMALL = 1_500_000, 15_000
_CHANGED = 300
_ASKED = 5
_KINDS = ("default",) * 11 + ("domain",) * 7 + ("domain-mask", "ip")
_WORDS = (
    *("casino", "bet", "slot", "poker", "film", "kino", "serial", "torrent", "book", "shop"),
    *("pharma", "mix", "spice", "news", "forum", "blog", "play", "win", "gold", "lucky", "royal"),
    *("star", "club", "zona", "azart", "joker", "mega", "super", "top", "best", "online", "free"),
)
_ENDS = ("com", "net", "org", "info", "ru", "xyz", "top", "club", "site", "online")
_BODIES = ("Office A", "Office B", "Court of the first district", "Ministry of examples")
_HEAD = (
    '<?xml version="1.0" encoding="windows-1251"?>\n<reg:register updateTime="{at}" '
    'updateTimeUrgently="{at}" formatVersion="2.4" xmlns:reg="http://example.org/reg">\n'
)
_INGEST = """
import resource, sys, time
from gatewatch import pipeline
from gatewatch.catalogue import registers
start, spent = time.process_time(), []
outcome = pipeline.ingest(sys.argv[1], registers.find("ru-rkn"), sys.argv[2],
    report=lambda progress: spent.append((progress.read, time.process_time() - start)))
print(min((cpu for read, cpu in spent if read == 1), default=0), time.process_time() - start,
    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, outcome.events)
"""
_READ = """
import sys, time
start = time.process_time()
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        while file.read(1 << 20):
            pass
print(time.process_time() - start)
"""
_CHECK = """
import sys, time
import gatewatch
found = []
for asked in sys.argv[2:]:
    ledger = gatewatch.open(sys.argv[1])
    start = time.process_time()
    assert ledger.check(asked).registers[0].matches, asked
    found.append(time.process_time() - start)
print(sorted(found)[len(found) // 2])
"""


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """A large register in two states, a small one beside it. `tiny`: 4,000 entries, which proves
    nothing."""
    del shared
    entries, few = (4_000, 1_500) if tiny else (_ENTRIES, _SMALL)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        place = Path(scratch)
        large, small = place / "large", place / "small"
        for folder, size in ((large, entries), (small, few)):
            folder.mkdir()
            state(folder / "2026-03-01.xml", size, 1)
        state(large / "2026-03-02.xml", entries, 2, _CHANGED)
        yield from _reading(place, large, entries)
        _child(_INGEST, place / "ledger-small", small)
        asked = [
            [_named(n * size // (_ASKED + 1), size) for n in range(1, _ASKED + 1)]
            for size in (entries, few)
        ]
        slow, fast = (
            _child(_CHECK, place / f"ledger-{name}", *hosts)[0]
            for name, hosts in zip(("large", "small"), asked, strict=True)
        )
        yield Result(
            f"check on a register of {entries:,} entries, CPU",
            f"{slow * 1000:.0f} ms",
            f"of {few:,}: {fast * 1000:.0f} ms",
            slow / fast,
            "under 1.5 times",
            slow / fast < 1.5,
        )


def _reading(place: Path, large: Path, entries: int) -> Iterator[Result]:
    files = sorted(large.iterdir())
    size = files[0].stat().st_size
    ledger = place / "ledger-large"
    first, together, peak, events = _child(_INGEST, ledger, large)
    bare = _child(_READ, files[0])[0]
    yield Result(
        f"the first state of {entries:,} entries, {size / 1e6:.0f} MB",
        f"{first:.0f} s of CPU, {entries / first:,.0f} entries a second",
        f"reading its bytes: {bare:.2f} s",
        first / bare,
        "no promise",
        True,
    )
    yield Result(
        "peak memory, of two states",
        f"{peak:.0f} MB",
        "limit 900 MB",
        peak / 900,
        "under the limit",
        peak < 900,
    )
    bare = _child(_READ, files[1])[0]
    yield Result(
        f"the next state, with {_CHANGED} changed entries",
        f"{together - first:.1f} s of CPU; both {together:.0f} s",
        f"the first: {first:.0f} s; reading the bytes of the next: {bare:.2f} s",
        (together - first) / first,
        "what its change costs: under a tenth of the first",
        together - first < first / 10,
    )
    kept = sum(f.stat().st_size for f in ledger.rglob("*") if f.is_file())
    yield Result(
        "size of the ledger, an entry and change of state",
        f"{kept / events:.1f} bytes",
        f"of its bytes in one state: {size / entries:.0f}",
        kept / events / 60,
        "under 60 bytes",
        kept / events < 60,
    )


def _named(number: int, entries: int) -> str:
    """The host that an entry names."""
    found = re.search(rb"<domain><!\[CDATA\[(?:\*\.)?(.+?)\]\]>", record(number, entries))
    assert found
    return found[1].decode()


def _child(code: str, *words: object) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True
    )
    return [float(word) for word in done.stdout.split()]


def record(number: int, entries: int, version: int = 0) -> bytes:
    """One `content` element as the register of prohibited sites has them, of invented hosts.

    How often a host, an address, a decision and a time of inclusion stand again is as in the real
    state of 2015-05-28: of 10,354 entries 58 % of the hosts are distinct, 26 % of the addresses
    (two an entry), 63 % of the decisions' numbers, 40 % of the times.
    """
    draw = _drawn(number * 8 + version, "entry")
    name_of, addresses = host(next(draw) % (84 * entries // 100 + 1), entries)
    path = "/".join(_WORDS[next(draw) % len(_WORDS)] for _ in range(1 + next(draw) % 3))
    kind = _KINDS[next(draw) % len(_KINDS)]
    decision = _drawn(next(draw) % (95 * entries // 100 + 1), "decision")
    day = f"20{13 + next(decision) % 11}-{1 + next(decision) % 12:02}-{1 + next(decision) % 28:02}"
    number_of = f"2-{next(decision) % 99}/{next(decision) % 99_999}"
    time_of = _drawn(next(draw) % (50 * entries // 100 + 1), "time")
    included = (
        f"20{13 + next(time_of) % 11}-{1 + next(time_of) % 12:02}-{1 + next(time_of) % 28:02}"
        f"T{next(time_of) % 24:02}:{next(time_of) % 60:02}:{next(time_of) % 60:02}"
    )
    scheme = "https" if next(draw) % 2 else "http"
    url = f"<url><![CDATA[{scheme}://{name_of}/{path}]]></url>" if kind == "default" else ""
    name = f"*.{name_of}" if kind == "domain-mask" else name_of
    digest = blake2b(f"{number} {version}".encode(), digest_size=16).hexdigest().upper()
    return (
        f'<content id="{100_000 + number}" includeTime="{included}" entryType="{1 + next(draw) % 6}" '
        f'blockType="{kind}" hash="{digest}" ts="{included}+03:00"><decision date="{day}" '
        f'number="{number_of}" org="{_BODIES[next(draw) % len(_BODIES)]}"/>{url}'
        f"<domain><![CDATA[{name}]]></domain>{addresses}</content>\n"
    ).encode("cp1251")


def host(number: int, entries: int) -> tuple[str, str]:
    """The name of a host, and its addresses as elements."""
    draw = _drawn(number, "host")
    words = (_WORDS[next(draw) % len(_WORDS)] for _ in range(2))
    name = f"{'-'.join(words)}{next(draw) % 9999}.{_ENDS[next(draw) % len(_ENDS)]}"
    addresses = ""
    for _ in range(1 + next(draw) % 3):
        at = _drawn(next(draw) % (65 * entries // 100 + 1), "address")
        network = _drawn(next(at) % (20 * entries // 100 + 1), "network")
        parts = (11 + next(network) % 189, next(network) % 256, next(network) % 256, next(at) % 256)
        addresses += f"<ip>{'.'.join(map(str, parts))}</ip>"
    return name, addresses


def _drawn(number: int, what: str) -> Iterator[int]:
    """Numbers that follow from a number, the same on each machine."""
    return iter(unpack("<14I", blake2b(f"{what} {number}".encode(), digest_size=56).digest()))


def state(file: Path, entries: int, day: int, changed: int = 0) -> None:
    """Write a state; the last `changed` entries of an even spread are other ones than on day 1."""
    step = max(1, entries // changed) if changed else entries + 1
    with file.open("wb") as out:
        out.write(_HEAD.format(at=f"2026-03-{day:02}T09:00:00+03:00").encode("cp1251"))
        for number in range(entries):
            out.write(record(number, entries, version=int(number % step == step - 1)))
        out.write(b"</reg:register>\n")
