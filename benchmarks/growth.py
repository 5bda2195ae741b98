"""A register grown to millions of entries: memory, the cost of the next state, look-ups, size."""

import random
from pathlib import Path

_ENTRIES = 1_500_000
_SMALL = 15_000
_CHANGED = 300
_SEED = 4
_WORDS = [
    "casino",
    "bet",
    "slot",
    "poker",
    "film",
    "kino",
    "serial",
    "torrent",
    "book",
    "shop",
    "pharma",
    "mix",
    "spice",
    "news",
    "forum",
    "blog",
    "play",
    "win",
    "gold",
    "lucky",
    "royal",
    "star",
    "club",
    "zona",
    "vulkan",
    "azart",
    "joker",
    "mega",
    "super",
    "top",
    "best",
    "online",
    "free",
]
_ENDS = ("com", "net", "org", "info", "ru", "xyz", "top", "club", "site", "online")
_BODIES = ("Office A", "Office B", "Court of the first district", "Ministry of examples")
_HEAD = (
    '<?xml version="1.0" encoding="windows-1251"?>\n<reg:register updateTime="{at}" '
    'updateTimeUrgently="{at}" formatVersion="2.4" xmlns:reg="http://example.org/reg">\n'
)

_CHILD = """
import resource, sys, time
from gatewatch import pipeline
from gatewatch.catalogue import registers
start = time.perf_counter()
times = []
def report(progress):
    times.append(time.perf_counter() - start)
outcome = pipeline.ingest(sys.argv[1], registers.find("ru-rkn"), sys.argv[2], report=report)
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(took, times[0], times[-1] - times[0], peak, outcome.entries, outcome.events)
"""
_READ = """
import sys, time
start = time.perf_counter()
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        while file.read(1 << 20):
            pass
print(time.perf_counter() - start)
"""


def record(number: int, version: int = 0) -> bytes:
    """One `content` element as the register of prohibited sites has them, of invented hosts."""
    draw = random.Random(number * 8 + version)
    host = f"{draw.choice(_WORDS)}-{draw.choice(_WORDS)}{draw.randrange(9999)}.{draw.choice(_ENDS)}"
    path = "/".join(draw.choice(_WORDS) for _ in range(draw.randrange(1, 4)))
    kind = draw.choices(("default", "domain", "domain-mask", "ip"), (55, 35, 5, 5))[0]
    addresses = "".join(
        f"<ip>{draw.randrange(11, 200)}.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}</ip>"
        for _ in range(draw.choices((1, 2, 3), (70, 20, 10))[0])
    )
    day = f"20{draw.randrange(13, 24)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
    url = (
        f"<url><![CDATA[http{draw.choice(('', 's'))}://{host}/{path}]]></url>"
        if kind == "default"
        else ""
    )
    name = f"*.{host}" if kind == "domain-mask" else host
    return (
        f'<content id="{100_000 + number}" includeTime="{day}T{draw.randrange(24):02}:'
        f'{draw.randrange(60):02}:{draw.randrange(60):02}" entryType="{draw.randrange(1, 7)}" '
        f'blockType="{kind}" hash="{draw.getrandbits(128):032X}" ts="{day}T00:00:00+03:00">'
        f'<decision date="{day}" number="2-{draw.randrange(99)}/{draw.randrange(99_999)}" '
        f'org="{draw.choice(_BODIES)}"/>{url}<domain><![CDATA[{name}]]></domain>{addresses}</content>\n'
    ).encode("cp1251")


def state(file: Path, entries: int, day: int, changed: int = 0) -> None:
    """Write a state; the last `changed` entries of an even spread are other ones than on day 1."""
    step = max(1, entries // changed) if changed else entries + 1
    with file.open("wb") as out:
        out.write(_HEAD.format(at=f"2026-03-{day:02}T09:00:00+03:00").encode("cp1251"))
        for number in range(entries):
            out.write(record(number, version=int(number % step == step - 1)))
        out.write(b"</reg:register>\n")
