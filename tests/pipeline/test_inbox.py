"""Reports: kept before they are acknowledged, in the ledger exactly once, and nobody can be found
in them."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from tests.asking import now
from tests.site.served import Served, ask, serve

from gatewatch.catalogue import facts
from gatewatch.errors import UsageError
from gatewatch.ledger.reports import reports
from gatewatch.ledger.store import Store
from gatewatch.pipeline.inbox import MOST_A_DAY, Inbox
from gatewatch.query import ledger as reading
from gatewatch.query.reports import subject_of

SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    location = str(tmp_path / "ledger")
    Store(location).create()
    return location


def _accept(inbox: Inbox, number: int, **more: Any) -> str:
    given: dict[str, Any] = {
        "service": "wechat",
        "jurisdiction": "RU",
        "network": None,
        "what": "slow",
        "address": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
        "challenge": f"c-{number}-{more.get('key')}",
        "until": SOON,
    }
    return inbox.accept(**{**given, **more})


def test_an_inbox_of_an_earlier_version_takes_regions(tmp_path: Path, ledger: str) -> None:
    """What waits in it is kept."""
    inbox = Inbox(tmp_path / "state")
    first = _accept(inbox, 1)
    with closing(sqlite3.connect(tmp_path / "state" / "inbox.sqlite")) as old, old:
        old.execute("ALTER TABLE reports DROP COLUMN region")
    again = Inbox(tmp_path / "state")
    second = _accept(again, 2, region="RU-MOW")
    again.fold(ledger)
    found = {one.id: one.region for one in reports(Store(ledger))}
    assert found == {first: None, second: "RU-MOW"}


@pytest.mark.parametrize(
    ("text", "filed"),
    [
        ("微信", "wechat"),
        ("https://www.facebook.com/groups/1", "facebook"),
        ("www.news.example.org/x", "example.org"),
        ("a.b.co.uk", "b.co.uk"),
        ("Пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
    ],
)
def test_a_report_is_filed_under_a_service_or_the_domain_of_a_site(text: str, filed: str) -> None:
    assert subject_of(facts.load(), text) == filed


@pytest.mark.parametrize("text", ["nobody", "192.0.2.1", "co.uk", "", "what is this?"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no service on record"):
        subject_of(facts.load(), text)


def test_reports_of_a_site_stand_beside_what_lists_say(demo_ledger: str, tmp_path: Path) -> None:
    """From five people on: in the answer about any name of the site."""
    inbox = Inbox(tmp_path / "state")
    for number in range(6):
        _accept(inbox, number, service="example.org")
    inbox.fold(demo_ledger)
    (answer,) = reading.open(demo_ledger).check(["www.example.org"])
    (place,) = answer.places
    lane = place.lanes[-1]
    assert lane.known_state == "reported"
    assert "6 people" in lane.summary.plain()


def test_a_report_is_folded_once_however_often_it_is_sent(tmp_path: Path, ledger: str) -> None:
    """The same key, and a second report of one reporter on a day, are the first one."""
    inbox = Inbox(tmp_path / "state")
    first = _accept(inbox, 1, key="a-key-0001")
    assert _accept(inbox, 1, key="a-key-0001") == first
    assert _accept(inbox, 1, key="a-key-0002") == first
    assert _accept(inbox, 1, service="line") != first
    assert inbox.fold(ledger) == 2
    assert inbox.fold(ledger) == 0
    assert {one.id for one in reports(Store(ledger))} >= {first}


def test_a_key_is_its_reporter_s_own(tmp_path: Path, ledger: str) -> None:
    """Nobody's report is swallowed because another's has the same key, nor one on another thing."""
    inbox = Inbox(tmp_path / "state")
    first = _accept(inbox, 1, key="a-key-0001")
    other = _accept(inbox, 2, key="a-key-0001", challenge="other")
    elsewhere = _accept(inbox, 1, key="a-key-0001", service="line", challenge="elsewhere")
    assert len({first, other, elsewhere}) == 3
    assert inbox.fold(ledger) == 3


def test_ten_thousand_networks_of_one_site_count_as_few(tmp_path: Path, ledger: str) -> None:
    """A /48 has 65,536 networks of 64 bits, and is one customer's; others beside it count."""
    inbox = Inbox(tmp_path / "state")
    for number in (*range(30), 9_999):
        _accept(inbox, number, address=f"2001:db8:1:{number:x}::/64")
    for number in range(3):
        _accept(inbox, -number, address=f"2001:db8:{number + 2:x}::/64", challenge=f"d{number}")
    assert inbox.fold(ledger) == 4 + 3


def test_a_day_is_handed_over_when_it_is_over(tmp_path: Path, ledger: str) -> None:
    """By a site: so that its ledger's own times do not tell the second of a report."""
    inbox = Inbox(tmp_path / "state")
    _accept(inbox, 1)
    assert inbox.fold(ledger, finished=True) == 0
    assert inbox.fold(ledger, datetime.now(UTC) + timedelta(days=1), finished=True) == 1


def test_a_challenge_is_redeemed_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    _accept(inbox, 1, challenge="the same")
    with pytest.raises(UsageError, match="sent already"):
        _accept(inbox, 2, challenge="the same")


def test_one_reporter_has_a_limit(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for number in range(MOST_A_DAY):
        _accept(inbox, 1, service=f"service-{number}", challenge=f"c{number}")
    with pytest.raises(UsageError, match="tomorrow"):
        _accept(inbox, 1, service="one more", challenge="c")


def test_no_address_and_no_old_key_is_on_the_disk(tmp_path: Path, ledger: str) -> None:
    """Bytes of the whole folder are searched, for the address and for yesterday's key."""
    inbox = Inbox(tmp_path / "state")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    _accept(inbox, 7, address="203.0.113.77", now=yesterday, until=yesterday + timedelta(hours=1))
    import sqlite3

    with sqlite3.connect(tmp_path / "state" / "inbox.sqlite") as held:
        ((key,),) = held.execute("SELECT key FROM keys").fetchall()
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held.close()
    _accept(inbox, 8, address="203.0.113.77")
    inbox.fold(ledger)
    with sqlite3.connect(tmp_path / "state" / "inbox.sqlite") as held:
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held.close()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert b"203.0.113.77" not in data, file
            assert key not in data, file
    first, second = (one.reporter for one in reports(Store(ledger)))
    assert first != second


def test_what_was_held_by_then_can_be_asked_again(tmp_path: Path, ledger: str) -> None:
    """`recorded_by` knows reports too: the same moment gives the same, whatever came later."""
    inbox = Inbox(tmp_path / "state")
    for number in range(6):
        _accept(inbox, number)
    inbox.fold(ledger)
    opened = reading.open(ledger)
    by, before = now(opened).recorded_by, opened.reports()
    assert before
    assert opened.reports(recorded_by=by) == before
    for number in range(6, 9):
        _accept(inbox, number)
    inbox.fold(ledger)
    opened.refresh()
    assert opened.reports(recorded_by=by) == before
    assert opened.reports() != before


def test_a_key_goes_with_its_day_though_nobody_reports_on_the_next(
    tmp_path: Path, ledger: str
) -> None:
    """Handing on what came in is enough; it happens every few seconds."""
    import sqlite3

    inbox, yesterday = Inbox(tmp_path / "state"), datetime.now(UTC) - timedelta(days=1)
    _accept(inbox, 7, now=yesterday, until=yesterday + timedelta(hours=1))
    inbox.fold(ledger)
    with sqlite3.connect(tmp_path / "state" / "inbox.sqlite") as held:
        assert held.execute("SELECT count(*) FROM keys").fetchall() == [(0,)]
    held.close()


def test_neighbours_in_one_ipv6_network_are_one(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    one = _accept(inbox, 1, address="2001:db8::1", challenge="a")
    assert _accept(inbox, 2, address="2001:db8::ffff", challenge="b") == one
    assert _accept(inbox, 3, address="2001:db8:0:1::1", challenge="c") != one


def test_several_who_fold_at_once_take_each_report_once(tmp_path: Path, ledger: str) -> None:
    inbox = Inbox(tmp_path / "state")
    for number in range(300):
        _accept(inbox, number)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: inbox.fold(ledger), range(8)))
    inbox.fold(ledger)
    held = reports(Store(ledger))
    assert len(held) == len({one.id for one in held}) == 300


_FOLDER = """
import sys
from pathlib import Path
from gatewatch.pipeline.inbox import Inbox
inbox = Inbox(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    inbox.fold(sys.argv[2])
"""


def test_a_fold_that_is_killed_anywhere_loses_and_doubles_nothing(
    tmp_path: Path, ledger: str
) -> None:
    inbox = Inbox(tmp_path / "state")
    told = []
    for turn in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", _FOLDER, str(tmp_path / "state"), ledger], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        told += [_accept(inbox, turn * 60 + n) for n in range(60)]
        time.sleep(0.05 * turn)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    while inbox.fold(ledger):
        pass
    held = [one.id for one in reports(Store(ledger))]
    assert sorted(held) == sorted(told)


def _solved(site: Served) -> dict[str, str]:
    given = site.get("/api/v1/reports/challenge").json()
    number = 0
    while int.from_bytes(
        hashlib.sha256(f"{given['challenge']}{number}".encode()).digest(), "big"
    ) >> (256 - given["bits"]):
        number += 1
    return {"challenge": given["challenge"], "answer": str(number)}


@pytest.mark.slow
def test_reports_survive_a_server_that_is_killed_five_times(tmp_path: Path, ledger: str) -> None:
    """Through the door, each with its key, by eight at once. None that was acknowledged is lost,
    none is doubled. GATEWATCH_REPORTS says how many: 10,000 of them show no more."""
    total, state = int(os.environ.get("GATEWATCH_REPORTS", "1500")), tmp_path / "state"
    acknowledged: dict[str, str] = {}
    for part in range(6):
        with serve(ledger, "--rate", "0", "--behind-proxy", state=state, own_start=True) as site:
            wanted = range(part * total // 6, (part + 1) * total // 6)
            stop = time.monotonic() + 600
            with ThreadPoolExecutor(8) as pool:
                jobs = [
                    pool.submit(_send_all, site, state, wanted[start::8], acknowledged)
                    for start in range(8)
                ]
                before = len(acknowledged)
                while part < 5 and time.monotonic() < stop:
                    if len(acknowledged) - before > len(wanted) * 3 // 4:
                        site.process.kill()
                        break
                    time.sleep(0.01)
                for job in jobs:
                    job.result()
    inbox = Inbox(state)
    while inbox.fold(ledger):
        pass
    held = [one.id for one in reports(Store(ledger))]
    assert len(held) == len(set(held))
    assert set(acknowledged.values()) <= set(held)
    assert len(acknowledged) > total * 0.6


def _send_all(site: Served, state: Path, numbers: Sequence[int], told: dict[str, str]) -> None:
    """Reports with their keys over one connection, until the server is gone. Challenges are made
    with the site's own key, old enough to need no work: the work is tried elsewhere."""
    from gatewatch.site import challenge as challenges

    key, peer = (
        (state / "cursor.key").read_bytes(),
        HTTPConnection("127.0.0.1", site.port, timeout=20),
    )
    body = {"service": "wechat", "jurisdiction": "RU", "what": "slow"}
    for number in numbers:
        sent = json.dumps({**body, "challenge": challenges.make(key, time.time() - 60)})
        head = {
            "Idempotency-Key": f"report-{number:08}",
            "Content-Type": "application/json",
            "X-Forwarded-For": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
        }
        try:
            peer.request("POST", "/api/v1/reports", sent, head)
            reply = peer.getresponse()
            content = reply.read()
        except (HTTPException, OSError):
            break
        if reply.status == 201:
            told[head["Idempotency-Key"]] = json.loads(content)["id"]
    peer.close()


def test_work_or_waiting_is_the_price(tmp_path: Path, ledger: str) -> None:
    """An answer is taken at once; none has to wait; a wrong or a foreign one is refused; none is
    taken from another site."""
    with serve(ledger, "--rate", "0", state=tmp_path / "state") as site:
        body = {"service": "wechat", "jurisdiction": "RU", "what": "slow"}
        url = f"{site.url}/api/v1/reports"
        paid = _solved(site)
        assert ask("POST", url, json={**body, **paid}).status_code == 201
        assert ask("POST", url, json={**body, **paid}).status_code == 429
        assert ask("POST", url, json={**body, **_solved(site), "answer": ""}).status_code == 429
        assert (
            ask(
                "POST", url, json={**body, **_solved(site), "answer": "wrong"}, timeout=60
            ).status_code
            == 400
        )
        assert (
            ask(
                "POST", url, json={**body, "challenge": "made-up", "answer": "1"}, timeout=60
            ).status_code
            == 400
        )
        for head in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            assert (
                ask(
                    "POST", url, json={**body, **_solved(site)}, headers=head, timeout=60
                ).status_code
                == 403
            )
            assert (
                ask(
                    "POST",
                    f"{site.url}/report",
                    data={**body, **_solved(site)},
                    headers=head,
                    timeout=60,
                ).status_code
                == 403
            )
