"""Following: a ledger fed step by step, every kind of subscriber told exactly what it asked for,
each once, in order, whatever kills the program between."""

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from aiosmtpd.controller import Controller
from tests import measured
from tests.warm import Warm

from gatewatch.catalogue import facts
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger import reports as ledger_reports
from gatewatch.ledger.store import Store
from gatewatch.model.claim import Citation, Claim
from gatewatch.model.entry import Decision
from gatewatch.model.event import Event
from gatewatch.model.moment import Bracket
from gatewatch.model.report import Report, What
from gatewatch.model.states import Action
from gatewatch.model.subscription import Subscription, Wish
from gatewatch.pipeline import webhook
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.looking import look
from gatewatch.pipeline.mail import Post
from gatewatch.pipeline.notify import Notifier
from gatewatch.pipeline.registers import ingest
from gatewatch.pipeline.webhook import Address
from gatewatch.query import ledger as reading
from gatewatch.query import moved
from gatewatch.site import feeds
from gatewatch.words import events

DECLARED = """id="xx-own"
jurisdiction="UA"
authority="Roskomnadzor"
title="A list made for the test"
publisher="P"
licence="CC0 1.0"
format="declared"
time_zone="UTC"
cadence="1d"
silence="5d"
default_path="list.csv"
[expectations]
largest_drop=1.0
largest_growth=9.0
[declared]
layout="table"
delimiter=";"
date_format="%Y-%m-%d"
published="# state at ([0-9T:+-]+)"
[declared.columns]
no="id"
site="selector"
body="body"
number="number"
day="date"
"""
FIRST = datetime(2024, 3, 1, 22, 13, tzinfo=UTC)
DAY = timedelta(days=1)
BASE = ["1;old.example;NCU;7;2024-02-01", "2;192.0.2.0/25;NCU;8;2024-02-01"]
NEW = "3;shop.example.com;NCU;99/2024;2024-03-02"
PAPER = "A paper made for the test"
HOUR = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp() // 3600)


def anywhere(_: Address) -> bool:
    return True


class Place:
    """A ledger that is fed, and how."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ledger = folder, str(folder / "ledger")
        self.state = folder / "state"
        self.register = folder / "xx-own.toml"
        self.register.write_text(DECLARED)

    def list(self, at: datetime, rows: list[str]) -> None:
        """One published state."""
        lists = self.folder / "lists"
        lists.mkdir(exist_ok=True)
        head = [] if rows[0].startswith("no;") else ["no;site;body;number;day"]
        text = "\n".join([f"# state at {at.isoformat()}", *head, *rows, ""])
        (lists / f"{at:%Y-%m-%dT%H%M}.csv").write_text(text)
        ingest(self.ledger, str(self.register), str(lists))

    def measure(self, days: range, *, blocked: bool, host: str = "shop.example.com") -> None:
        rows = [
            (host, network, HOUR + 24 * day + hour, blocked)
            for day in days
            for hour in range(0, 24, 4)
            for network in (64496, 64497, 64498)
        ]
        measured.put(self.ledger, rows, f"made-{days.start}", "UA")

    def report(self, day: int, people: int) -> None:
        at = FIRST + day * DAY
        rows = [
            Report(
                id=f"r{day}-{n}",
                service="example.com",
                jurisdiction="UA",
                network=64496 + n % 8,
                what=What.CANNOT_OPEN,
                received_at=at.replace(minute=0),
                reporter=f"p{n}",
            )
            for n in range(people)
        ]
        ledger_reports.add(Store(self.ledger), f"box-{day}", list(enumerate(rows, 1)))

    def followers(self) -> Followers:
        return Followers(self.state, allowed=anywhere)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger before anything of the story happens."""
    place = Place(tmp_path_factory.mktemp("begun"))
    place.list(FIRST - DAY, BASE)
    place.measure(range(-20, 1), blocked=False)
    return place.folder


@pytest.fixture
def place(begun: Path, tmp_path: Path) -> Place:
    folder = tmp_path / "place"
    shutil.copytree(begun, folder)
    return Place(folder)


WISHES = {
    "everything": Wish(),
    "domain": Wish(domains=("example.com",)),
    "other domain": Wish(domains=("ample.com", "example.org")),
    "prefix": Wish(addresses=("192.0.2.7/32",)),
    "network": Wish(networks=(64497,)),
    "register": Wish(registers=("xx-own",)),
    "country": Wish(jurisdictions=("UA",), kinds=("listing", "delisting")),
    "elsewhere": Wish(jurisdictions=("RU",)),
    "authority": Wish(authorities=("rkn",)),
    "law": Wish(laws=("ru-242fz",)),
    "service": Wish(services=("wechat",)),
    "silence": Wish(kinds=("silence",)),
    "claims": Wish(kinds=("claim",), jurisdictions=("UA",)),
    "states": Wish(kinds=("state",), jurisdictions=("UA",)),
    "disputes": Wish(kinds=("disagreement",), services=("wechat",)),
}


def told(
    followers: Followers, ones: dict[str, Subscription], since: dict[str, int]
) -> dict[str, list[str]]:
    """What is new to each subscriber since it was asked last, in order, by kind."""
    found = {}
    for name, one in ones.items():
        events = followers.news.told(one.id)[::-1]
        new = events[since.get(name, 0) :]
        since[name] = len(events)
        if new:
            found[name] = [
                ("withdrawn " if e.withdrawn else "amended " if e.amends else "") + e.kind
                for e in new
            ]
    return found


class Told:
    """Subscribers of every kind, and what each is told by one look after the other."""

    def __init__(self, place: Place) -> None:
        self._place, self._seen = place, dict[str, int]()
        self.followers = place.followers()
        self.ones = {
            n: self.followers.subscriptions.add("feed:", wish) for n, wish in WISHES.items()
        }

    def by(self, days: float, catalogue: Catalogue | None = None) -> dict[str, list[str]]:
        """What is new to each so many days after the first."""
        look(self._place.ledger, self.followers, FIRST + days * DAY, catalogue=catalogue)
        return told(self.followers, self.ones, self._seen)

    def events(self, name: str) -> list[Event]:
        return self.followers.news.told(self.ones[name].id)[::-1]


def to(names: str, *kinds: str) -> dict[str, list[str]]:
    return {name.strip(): list(kinds) for name in names.split(",")}


ENTRY = "everything, domain, register, country, authority"
HOST = "everything, domain, network"


def test_each_is_told_what_it_asked_for_once_and_when_it_is_known(place: Place) -> None:
    """Listing, block, silence, claim, surge, lift, delisting, late data: fifteen subscribers, each
    with its own messages and none for nothing."""
    got = Told(place)
    assert got.by(0) == {}  # the past is learnt, and told to nobody
    place.list(FIRST, [*BASE, NEW])
    assert got.by(0) == to(ENTRY, "listing")
    _whole(got.events("domain")[0])
    assert got.by(0.1) == {}  # never twice
    place.measure(range(1, 4), blocked=True)
    assert got.by(3) == to(HOST, "onset")
    place.measure(range(4, 5), blocked=True)
    assert got.by(4) == {}  # it goes on, which is no news
    assert got.by(6) == to("everything, register, silence", "silence")
    wanted = "everything, authority, law, service, claims"
    assert got.by(6, with_claim()) == to(wanted, "claim") | to("states", "state")
    assert "A paper made for the test" in got.events("law")[0].title
    # A day of a place whose zone nobody names: from where it begins first to where it ends last.
    begins, ends = datetime(2024, 3, 4, 10, tzinfo=UTC), datetime(2024, 3, 6, 12, tzinfo=UTC)
    for event in (got.events("law")[0], got.events("states")[0]):
        assert event.since == Bracket(begins, ends)
    assert got.by(6) == to(wanted, "withdrawn claim")  # taken back, to whom it was told
    place.report(6, 40)
    assert got.by(7) == to("everything, domain", "surge")
    place.measure(range(5, 9), blocked=False)
    assert got.by(9) == to(HOST, "end")
    place.list(FIRST + 9 * DAY, BASE)
    assert got.by(9) == to(ENTRY, "delisting")
    late = FIRST - timedelta(hours=6)
    place.list(late, [*BASE, NEW])
    assert got.by(9) == to(ENTRY, "amended listing")
    first, *_, correction = got.events("domain")
    assert correction.amends == first.id
    assert correction.since == Bracket(FIRST - DAY, late)
    assert got.by(9) == {}


def test_disagreements_and_states_are_told_to_who_asked_for_them(place: Place) -> None:
    """A state is told by what changed it, and by itself to who hears of nothing else; once also
    where a day that was told ahead comes. What sources tell differently, and lists and the network,
    stands beside what brought it."""
    place.measure(range(-20, 1), blocked=False, host="wechat.com")
    got = Told(place)
    assert got.by(0) == {}
    wanted = "everything, law, service, authority"
    ahead = claiming("ahead", Action.BLOCKED, "2024-03-04")
    assert got.by(2, ahead) == to(f"{wanted}, claims", "claim")  # of a day to come
    assert got.by(3, ahead) == to("everything, service, states", "state")
    assert got.by(3.1, ahead) == {}
    other = claiming("other", Action.BLOCKED, "2024-03-03", ahead, "Another paper")
    both = ("claim", "disagreement")
    assert got.by(3.2, other) == {
        **to("everything, service", *both),
        **to("law, authority, claims", "claim"),
        **to("disputes", "disagreement"),
    }
    place.list(FIRST + 4 * DAY, [*BASE, "5;wechat.com;NCU;5;2024-03-06"])
    place.measure(range(4, 5), blocked=False, host="wechat.com")
    assert got.by(4.1, other) == {
        **to("everything, service", "listing", "disagreement"),
        **to("register, country, authority", "listing"),
        **to("disputes", "disagreement"),
    }
    place.list(FIRST + 5 * DAY, BASE)
    assert got.by(5.1, other) == {
        **to("everything, service, register, country, authority", "delisting"),
        **to("states", "state"),
    }
    assert got.by(5.1, other) == {}
    titles = [one.title for one in got.events("disputes")]
    assert "sources disagree" in titles[0]
    assert "lists and network disagree" in titles[1]


def _whole(event: Event) -> None:
    """What, where, since when, by which decision, how it is known, with links."""
    assert event.since == Bracket(FIRST - DAY, FIRST)
    assert event.decision == Decision("NCU", "99/2024", "2024-03-02")
    assert "shop[.]example[.]com" in event.title
    assert "/order/xx-own?number=99%2F2024&body=NCU" in event.links
    assert "lacks it" in event.known_by


def with_claim() -> Catalogue:
    return claiming("made-claim", Action.DEMANDED, "2024-03-05")


def claiming(
    name: str, action: Action, date: str, known: Catalogue | None = None, publisher: str = PAPER
) -> Catalogue:
    """The catalogue with one claim more."""
    claim = Claim(
        id=name,
        service="wechat",
        jurisdiction="UA",
        action=action,
        date=date,
        actor="rkn",
        rule="ru-242fz",
        source=Citation(publisher=publisher, title="T", published=FIRST.date()),
    )
    known = known or facts.load()
    return msgspec.structs.replace(known, claims={**known.claims, claim.id: claim})


def test_many_at_once_are_a_number_to_who_follows_the_whole(place: Place) -> None:
    """Who follows a register is told that thirty came; who follows one of them is told of it."""
    followers, seen = place.followers(), dict[str, int]()
    ones = {name: followers.subscriptions.add("feed:", wish) for name, wish in WISHES.items()}
    look(place.ledger, followers, FIRST)
    many = [f"{n};host{n}.example.net;NCU;{n};2024-03-01" for n in range(100, 130)]
    place.list(FIRST, [*BASE, *many, NEW, "9;192.0.2.7;NCU;9;2024-03-01"])
    look(place.ledger, followers, FIRST)
    got = told(followers, ones, seen)
    assert got == {
        n: ["listing"] for n in ("everything", "domain", "prefix", "register", "country")
    }
    (event,) = followers.news.told(ones["register"].id)
    assert "32 entries" in event.title
    (event,) = followers.news.told(ones["prefix"].id)
    assert event.one_of_many
    assert event.what == "192.0.2.7"


def test_a_register_that_is_new_here_tells_what_stands_in_it(place: Place) -> None:
    """Its history is told to nobody; who follows a thing that stands in it is told since when."""
    followers = place.followers()
    whole = followers.subscriptions.add("feed:", Wish(jurisdictions=("UA",)))
    mine = followers.subscriptions.add("feed:", Wish(domains=("example.com",)))
    look(place.ledger, followers, FIRST)
    other = place.folder / "xx-other.toml"
    other.write_text(DECLARED.replace("xx-own", "xx-other"))
    lists = place.folder / "others"
    lists.mkdir()
    for day, rows in enumerate(([NEW], BASE, [*BASE, NEW])):
        at = FIRST + day * DAY
        text = "\n".join([f"# state at {at.isoformat()}", "no;site;body;number;day", *rows, ""])
        (lists / f"{day}.csv").write_text(text)
    ingest(place.ledger, str(other), str(lists))
    look(place.ledger, followers, FIRST + 3 * DAY)
    (event,) = followers.news.told(whole.id)
    assert "3 entries" in event.title
    (event,) = followers.news.told(mine.id)
    assert event.since is not None
    assert event.since.by == FIRST + 2 * DAY


def test_a_lift_is_told_once(tmp_path: Path) -> None:
    """An entry that tells of its own removal is lifted then; that it leaves the list after that is
    no second lift. Neither the message nor a feed says that the lift was decided by the decision
    that listed it, and the one names the day that it rests on."""
    place = Place(tmp_path)
    place.register.write_text(f'{DECLARED}gone="removed"\n')
    old, new = f"{BASE[0]};", f"{NEW};"
    place.list(FIRST - DAY, ["no;site;body;number;day;gone", old])
    followers = place.followers()
    one = followers.subscriptions.add("feed:", Wish(domains=("example.com",)))
    look(place.ledger, followers, FIRST - DAY)
    steps = ([old, new], [old, f"{new}2024-03-02"], [old])
    for day, rows in enumerate(steps):
        place.list(FIRST + day * DAY, ["no;site;body;number;day;gone", *rows])
        look(place.ledger, followers, FIRST + day * DAY)
    lift, came = followers.news.told(one.id)
    assert [came.kind, lift.kind] == ["listing", "delisting"]
    assert "By decision 99/2024 of NCU" in came.text
    assert "It had been listed by decision 99/2024 of NCU" in lift.text
    assert "gives 2 March 2024 as the day of its removal" in lift.known_by
    known = events.known(
        reading.open(place.ledger), facts.load(), [], FIRST + 9 * DAY, recorded_by=None
    )
    fed = [one for one in known if one.thing == "entry:xx-own:3"]
    assert [one.said().text for one in fed] == [lift.text, came.text]
    ahead = "5;next.example.com;NCU;5;2024-03-04;2024-12-31"
    place.list(FIRST + 3 * DAY, ["no;site;body;number;day;gone", old, ahead])
    look(place.ledger, followers, FIRST + 3 * DAY)
    assert "removal by the entry itself: 31 December 2024" in followers.news.told(one.id)[0].text


def test_a_removal_told_ahead_is_told_on_its_day_once(tmp_path: Path) -> None:
    """Whether or not anything is published on that day; that the entry is changed or leaves the
    list after it is no second lift, and what leaves before its day is lifted then, once. Feeds
    tell the same."""
    place = Place(tmp_path)
    place.register.write_text(f'{DECLARED}gone="removed"\n')
    head, old = "no;site;body;number;day;gone", f"{BASE[0]};"
    place.list(FIRST - DAY, [head, old])
    followers = place.followers()
    one = followers.subscriptions.add("feed:", Wish(domains=("example.com",)))
    look(place.ledger, followers, FIRST - DAY)
    told: list[tuple[int, str]] = []

    def looked(day: int) -> None:
        look(place.ledger, followers, FIRST + day * DAY)
        told.extend(
            (day, e.kind) for e in reversed(followers.news.told(one.id)[: -len(told) or None])
        )

    due = "5;due.example.com;NCU;5;2024-03-01;2024-03-06"
    early = "6;early.example.com;NCU;6;2024-03-01;2024-03-09"
    steps = {0: [old, due, early], 3: [old, due], 7: [old, due.replace(";5;2", ";55;2")], 10: [old]}
    for day in (0, 2, 3, 4, 5, 6, 7, 8, 9, 10):
        if rows := steps.get(day):
            place.list(FIRST + day * DAY, [head, *rows])
        looked(day)
    kinds = [(0, "listing"), (0, "listing"), (3, "delisting"), (5, "delisting"), (7, "change")]
    assert told == kinds
    (lift,) = (e for e in followers.news.told(one.id) if e.at == datetime(2024, 3, 6, tzinfo=UTC))
    assert lift.kind == "delisting"
    assert "published 1 March 2024" in lift.known_by
    assert "gives 6 March 2024 as the day of its removal" in lift.known_by
    known = events.known(
        reading.open(place.ledger), facts.load(), [], FIRST + 11 * DAY, recorded_by=None
    )
    fed = [e.said() for e in known if e.thing in {"entry:xx-own:5", "entry:xx-own:6"}]
    assert sorted(e.id for e in fed) == sorted(e.id for e in followers.news.told(one.id))
    assert {e.text for e in fed} == {e.text for e in followers.news.told(one.id)}


def test_removals_of_a_day_are_told_however_many_else_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more moved than is compared at once: few removals of a day one by one, many as a
    number."""
    monkeypatch.setattr(moved, "_MOST_READ", 10)
    place = Place(tmp_path)
    place.register.write_text(f'{DECLARED}gone="removed"\n')
    rows = [f"{n};a{n}.example;NCU;{n};2024-03-01;2024-03-06" for n in range(100, 130)]
    rows += [f"{n};b{n}.example;NCU;{n};2024-03-01;2024-03-07" for n in range(200, 203)]
    place.list(FIRST - DAY, ["no;site;body;number;day;gone", *rows])
    opened, now = reading.open(place.ledger), datetime.now(UTC)
    since, until = (moved.LookedAt(now, FIRST + day * DAY) for day in (2, 8))
    ones, crowds = moved.moved(opened, since, until)
    assert sorted(one.entry.id for one in ones) == ["200", "201", "202"]
    assert [(one.kind, one.count, one.at.day) for one in crowds] == [("delisting", 30, 6)]


def test_a_change_says_what_changed(place: Place) -> None:
    """Names that came and went, the decision: in the message and in the feed alike."""
    got = Told(place)
    place.list(FIRST, [*BASE, NEW])
    got.by(0)
    place.list(
        FIRST + DAY, [*BASE, NEW.replace("shop", "pay").replace("99/", "100/"), "4;4.example;N;1;"]
    )
    got.by(1)
    change = next(one for one in got.events("register") if one.kind == "change")
    assert "Added: pay[.]example[.]com." in change.text
    assert "Taken out: shop[.]example[.]com." in change.text
    assert "Decision: 99/2024, NCU, 2 March 2024, now 100/2024, NCU, 2 March 2024." in change.text
    known = events.known(
        reading.open(place.ledger), facts.load(), [], FIRST + 9 * DAY, recorded_by=None
    )
    assert change.text in [one.said().text for one in known]


HOSTILE = "3\x01\u202e<b>/#?;shop.example.com;N\x01\u202eCU;9\x07\u2028How it is known: not at all;"


def test_text_of_a_register_stays_text(place: Place) -> None:
    """Control signs and signs that turn writing round are shown as numbers, no cell adds a line,
    links are whole, and a feed stays XML for everybody else."""
    got = Told(place)
    got.by(0)
    place.list(FIRST, [*BASE, HOSTILE])
    got.by(0)
    (event,) = got.events("domain")
    shown = (event.id, event.title, event.what, event.known_by, *event.text.split("\n"))
    assert all(text.isprintable() for text in shown)
    assert [line.partition(":")[0] for line in event.text.split("\n")].count("How it is known") == 1
    assert event.path == "/entry/xx-own/3%01%E2%80%AE%3Cb%3E%2F%23%3F"
    assert all(link.isascii() for link in event.links)
    feed = feeds.Feed(title="t\x00", base="", path="/p", lang="en", events=got.events("register"))
    told = ET.fromstring(feeds.atom(feed))
    assert len(told.findall("{http://www.w3.org/2005/Atom}entry")) == 1


PROGRAM = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from gatewatch.pipeline import looking
from gatewatch.pipeline.following import deliveries, news_queue
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.mail import Post
from gatewatch.pipeline.notify import Notifier
ledger, state, smtp, targets, now, strike = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if strike == "looked":
    news_queue.NewsQueue.take = die
if strike == "queued":
    news_queue._keep_standing = die
if strike == "sent":
    deliveries.Deliveries._note = die
if strike == "noted":
    deliveries.note_tries = die
made = Followers(
    Path(state), post=Post(smtp, "gatewatch@example.org"), base="https://gatewatch.example",
    allowed=lambda _: True, notifier=Notifier(Path(targets)))
at = datetime.fromisoformat(now)
looking.look(ledger, made, at)
if strike == "taken":
    die()
made.deliveries.deliver(at)
"""


class Received:
    """What came to a real receiver of each kind."""

    def __init__(self) -> None:
        self.hooks: list[tuple[dict[str, str], bytes]] = []
        self.pages: list[dict[str, Any]] = []
        self.mails: list[Any] = []
        self.hook = self.page = self.smtp = ""


@contextmanager
def receivers() -> Iterator[Received]:
    got = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/hook":
                got.hooks.append(({k.lower(): v for k, v in self.headers.items()}, body))
            else:
                got.pages.append(json.loads(body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Kept:
        async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it
            await asyncio.sleep(0)
            got.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            return "250 OK"

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mail = Controller(Kept(), hostname="127.0.0.1", port=port)
    mail.start()
    got.hook = f"http://127.0.0.1:{server.server_port}/hook"
    got.page = f"json://127.0.0.1:{server.server_port}/page"
    got.smtp = f"smtp://127.0.0.1:{port}"
    try:
        yield got
    finally:
        mail.stop()
        server.shutdown()
        thread.join()
        server.server_close()


STRIKES = ("looked", "queued", "taken", "sent", "noted")


def test_five_kills_lose_nothing_and_tell_nothing_twice(place: Place, warm: Warm) -> None:
    """Killed after a look, within its transaction, before and after sending: a webhook whose
    signatures are checked, mail and an operator's own target get each event; what is sent again
    bears the same id."""
    with receivers() as got:
        targets = place.folder / "targets.toml"
        targets.write_text(f'[targets]\npager = "{got.page}"\n')
        followers = Followers(
            place.state,
            post=Post(got.smtp, "gatewatch@example.org"),
            base="https://gatewatch.example",
            allowed=anywhere,
            notifier=Notifier(targets),
        )
        wish = Wish(domains=("example.com",))
        hook = followers.subscriptions.add(got.hook, wish)
        followers.subscriptions.add("mailto:desk@example.org", wish, language="ru")
        followers.subscriptions.add("notify:pager", wish)

        def killed(now: datetime, strike: str) -> int:
            words = (place.ledger, str(place.state), got.smtp, str(targets), now.isoformat())
            command = [*warm.running(PROGRAM), *words, strike]
            return subprocess.run(command, timeout=120, check=False).returncode

        def run(now: datetime) -> None:
            look(place.ledger, followers, now)
            followers.deliveries.deliver(now)

        run(FIRST)
        assert got.hooks == got.mails == got.pages == []
        steps: tuple[Callable[[], None], ...] = (
            lambda: place.list(FIRST, [*BASE, NEW]),
            lambda: place.measure(range(1, 4), blocked=True),
            lambda: place.measure(range(4, 9), blocked=False),
            lambda: place.list(FIRST + 9 * DAY, BASE),
            lambda: place.list(FIRST - timedelta(hours=6), [*BASE, NEW]),
        )
        for number, (step, strike) in enumerate(zip(steps, STRIKES, strict=True)):
            step()
            now = FIRST + timedelta(days=9, minutes=number)
            assert killed(now, strike) == -signal.SIGKILL
            run(now + timedelta(seconds=1))
    unlike = {headers["webhook-id"]: (headers, body) for headers, body in got.hooks}
    kinds = [json.loads(body) for _, body in unlike.values()]
    story = ["listing", "onset", "end", "delisting", "listing"]
    assert [one["type"].removeprefix("gatewatch.") for one in kinds] == story
    assert kinds[-1]["data"]["amends"] == kinds[0]["data"]["id"]
    for headers, body in got.hooks:
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        assert webhook.verified(headers, body, hook.secret, at)
    assert kinds[0]["data"]["links"][0].startswith("https://gatewatch.example/order/")
    mails = {one["message-id"]: one for one in got.mails}
    assert len(mails) == len(story)
    assert "внесён" in str(next(iter(mails.values()))["subject"])
    first, *_, last = mails.values()
    assert last["in-reply-to"] == first["message-id"]  # what corrects it stands in its thread
    assert "https://gatewatch.example/ru/entry/xx-own/3" in first.get_content()
    assert parsedate_to_datetime(first["date"]) >= FIRST + 9 * DAY  # when it was sent
    assert len({(one["title"], one["message"]) for one in got.pages}) == len(story)
    assert got.pages[0]["title"] == kinds[0]["data"]["title"]
    assert len(got.hooks) <= len(story) + 2
