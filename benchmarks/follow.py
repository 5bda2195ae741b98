"""Following: how long from a commit until it is sent, with ten thousand subscriptions."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.measure import Result, seconds
from gatewatch.analysis.following.index import WishIndex
from gatewatch.model.event import Event
from gatewatch.model.subscription import Wish
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.looking import look
from gatewatch.pipeline.registers import ingest
from gatewatch.pipeline.webhook import Address

_PROMISED = 60.0
_FIRST = datetime(2024, 3, 1, 22, 13, tzinfo=UTC)
_DECLARED = """id="xx-own"
jurisdiction="UA"
authority="A"
title="A list made for the measurement"
publisher="P"
licence="CC0 1.0"
format="declared"
time_zone="UTC"
cadence="1d"
silence="9d"
default_path="list.csv"
[expectations]
largest_growth=9.0
[declared]
layout="table"
delimiter=";"
published="# state at ([0-9T:+-]+)"
[declared.columns]
no="id"
site="selector"
"""


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On a made register: six listings, each followed by a tenth of all and by one more."""
    del shared
    many = 100 if tiny else 10_000
    yield _delay(many)
    yield _index(many, 200 if tiny else 2_000)


def _anywhere(_: Address) -> bool:
    return True


def _wishes(many: int) -> list[Wish]:
    """As people would: most follow a name of their own, some a service, a tenth the register."""
    return [
        Wish(registers=("xx-own",))
        if n % 10 == 0
        else Wish(services=("wechat",), jurisdictions=("RU",))
        if n % 10 == 1
        else Wish(
            domains=(f"shop{n}.example.com",), addresses=(f"10.{n >> 8 & 255}.{n & 255}.0/24",)
        )
        for n in range(many)
    ]


@contextmanager
def _receiver() -> Iterator[tuple[str, list[float]]]:
    came: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            came.append(time.perf_counter())
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _delay(many: int) -> Result:
    with tempfile.TemporaryDirectory() as folder, _receiver() as (url, came):
        place = Path(folder)
        (place / "xx-own.toml").write_text(_DECLARED)
        base = [f"{n};old{n}.example.net" for n in range(1_000)]
        _publish(place, _FIRST, base)
        followers = Followers(place / "state", allowed=_anywhere)
        followers.subscriptions.declare(
            "made", [(f"s{n}", url, "en", w) for n, w in enumerate(_wishes(many))]
        )
        look(str(place / "ledger"), followers)
        new = [f"{2_000 + n};www.shop{n * 10 + 2}.example.com" for n in range(6)]
        _publish(place, _FIRST + timedelta(days=1), [*base, *new])
        committed = time.perf_counter()
        queued = look(str(place / "ledger"), followers)
        looked = time.perf_counter() - committed
        followers.deliveries.deliver()
        whole = max(came) - committed
        mine = len(new) * (many // 10) + len(new)
        assert len(came) == queued == mine, (len(came), queued, mine)
    return Result(
        f"from commit to the last of {mine:,} messages sent, {many:,} subscriptions",
        f"{whole:.1f} s, of it the look {looked:.1f} s",
        f"{_PROMISED:.0f} s",
        whole / _PROMISED,
        "at most 60 s",
        whole <= _PROMISED,
    )


def _publish(place: Path, at: datetime, rows: list[str]) -> None:
    lists = place / "lists"
    lists.mkdir(exist_ok=True)
    text = "\n".join([f"# state at {at.isoformat()}", "no;site", *rows, ""])
    (lists / f"{at:%Y-%m-%d}.csv").write_text(text)
    ingest(str(place / "ledger"), str(place / "xx-own.toml"), str(lists))


def _index(many: int, events: int) -> Result:
    """The index beside asking each subscription in turn."""
    wishes = {str(n): wish for n, wish in enumerate(_wishes(many))}
    happened = [
        Event(
            id=str(n),
            kind="listing",
            at=_FIRST,
            title="t",
            text="t",
            path="/",
            register="xx-other",
            about=(f"domain:a.shop{n}.example.com", f"ip:10.0.{n & 255}.7"),
        )
        for n in range(events)
    ]
    few = happened[: max(1, events // 200)]
    ours = seconds(lambda: [WishIndex(wishes.items()).takers(one) for one in few[:1]])
    index = WishIndex(wishes.items())
    ours += seconds(lambda: [index.takers(one) for one in happened])
    in_turn = seconds(lambda: [[n for n, w in wishes.items() if w.takes(one)] for one in few])
    theirs = in_turn * events / len(few)
    return Result(
        f"who takes {events:,} events, of {many:,} subscriptions",
        f"{ours:.2f} s with building the index",
        f"{theirs:.1f} s asking each",
        ours / theirs,
        "at most 0.05",
        ours / theirs <= 0.05,
    )
