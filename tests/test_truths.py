"""What is known of real registers from elsewhere, asked of ledgers built from their mirrors."""

import csv
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.asking import snapshots
from tests.mirrored import LARGE

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.ledger import schema
from gatewatch.ledger.store import Store
from gatewatch.model.entry import Decision
from gatewatch.model.history import Listing, Snapshot
from gatewatch.model.moment import Bracket

pytestmark = pytest.mark.slow

FILES = {"ru-rkn": "dump.xml", "ru-zi": "dump.csv"}
ROWS = {
    "1": "a page on github for three days",
    "7": "a site for two days",
    "9": "still listed when the history held ends",
    "11": "a page for a month",
    "15": "listed before the history begins",
    "17": "left and came back under its id",
    "19": "in the first snapshot",
    "21": "in one snapshot alone",
    "23": "a blog for seven weeks",
    "25": "listed to the end",
    "27": "listed to the end, same order",
    "29": "left for two snapshots and came back",
    "31": "a short link, listed to the end",
}
# Of truths.csv's rows, those that were off the list for a while between their first and last day:
# [last with, first without] and [last without, first with].
ABSENCES = {
    "17": (
        "2014-12-12T15:05+03:00",
        "2014-12-13T15:05+03:00",
        "2015-02-25T15:05+03:00",
        "2015-02-25T16:05+03:00",
    ),
    "29": ("2014-04-02T12:06Z", "2014-04-02T14:41Z", "2014-04-02T15:05Z", "2014-04-02T15:31Z"),
}
GLITCHES = {
    "2023-12-22T15:12:42+00:00": "empty",
    "2023-12-22T15:13:29+00:00": "98 entries",
    "2025-04-11T08:28:28+00:00": "collapse",
}
PLUS_SIGNS = "2023-04-25T07:52:35+00:00"


@pytest.fixture
def truth(registers: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """One row of truths.csv, by its number."""
    (row,) = [row for row in _rows(registers) if row["n"] == request.param]
    return row


every_truth = pytest.mark.parametrize(
    "truth",
    [pytest.param(n, id=f"{n}-{what.replace(' ', '-')}") for n, what in ROWS.items()],
    indirect=True,
)


def _rows(registers: Path) -> list[dict[str, str]]:
    with (registers / "truths.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _at(text: str) -> datetime | None:
    """A time of truths.csv; its words for "nothing is held there" are None."""
    if text in {"-", "start of history", "end of history"}:
        return None
    return datetime.fromisoformat(text.replace(" +0000", "+00:00"))


def _brackets(ledger: gatewatch.Ledger, row: dict[str, str]) -> tuple[Bracket, Bracket | None]:
    """When it first came and last went, as far as the history held here can know."""
    came = Bracket(_at(row["prev_snapshot_without"]), _at(row["first_snapshot_with"]))
    went = Bracket(_at(row["last_snapshot_with"]), _at(row["next_snapshot_without"]))
    end = ledger.registers()[0].last_published
    return came, None if went.by is None or went.by > end else went


@cache
def _met(ledger: gatewatch.Ledger, host: str) -> tuple[Listing, ...]:
    """Every listing that meets a host, asked for once: five tests ask about each row."""
    return tuple(listing for _, listing in ledger.history(host))


def _listings(ledger: gatewatch.Ledger, row: dict[str, str]) -> list[Listing]:
    """A row's listings by address and order; the address may be cut short in the file."""
    met = _met(ledger, urlsplit(row["selector"]).netloc)
    found = [li for li in met if li.selector.value.startswith(row["selector"])]
    order = Decision(row["org"], row["decision_no"].strip(), row["decision_date_last"])
    return [
        li for li in found if li.entry.decision == order and row["entry_id"] in {"", li.entry_id}
    ]


@cache
def _answer(
    ledger: gatewatch.Ledger, asked: str, at: datetime, as_of: datetime | None
) -> gatewatch.Answer:
    return ledger.check(asked, valid_at=at, as_of=as_of)


def _standing(
    ledger: gatewatch.Ledger, listing: Listing, at: datetime | None, as_of: datetime | None = None
) -> str | None:
    """What one entry's listings of one address were at a time; None if none is known."""
    assert at is not None
    answer = _answer(ledger, listing.selector.value, at, as_of)
    own = [
        str(match.state)
        for match in answer.registers[0].matches
        if (match.listing.entry_id, match.listing.selector) == (listing.entry_id, listing.selector)
    ]
    return min(own, key=["listed", "insufficient", "not_listed"].index, default=None)


def _middle(bracket: Bracket) -> datetime:
    assert bracket.after is not None
    assert bracket.by is not None
    return bracket.after + (bracket.by - bracket.after) / 2


@pytest.mark.parametrize("register", LARGE)
def test_every_snapshot_of_a_mirror_is_held(held, register: str) -> None:
    """A ledger holds as many snapshots as its mirror has commits."""
    assert len(snapshots(held(register))) == LARGE[register]


def test_no_truth_goes_unasked(registers: Path) -> None:
    """The rows asked below are all rows of truths.csv."""
    assert [row["n"] for row in _rows(registers)] == list(ROWS)


@every_truth
def test_a_truth_has_its_brackets_and_its_order(held, truth: dict[str, str]) -> None:
    """A known entry came and went in the brackets known, by the order known."""
    ledger = held(truth["pack"])
    told = _listings(ledger, truth)
    assert len({(li.entry_id, li.selector) for li in told}) == 1
    assert (told[0].came, told[-1].went) == _brackets(ledger, truth)
    assert (told[-1].entry.included_at or "") == truth["include_time_moscow"]


@every_truth
def test_a_truth_is_left_only_where_it_was_left(held, truth: dict[str, str]) -> None:
    """Between its first and last day a known entry was off the list where the mirror lacks it."""
    told = _listings(held(truth["pack"]), truth)
    ends = [(a.went, b.came) for a, b in pairwise(told)]
    known = [datetime.fromisoformat(text) for text in ABSENCES.get(truth["n"], ())]
    assert ends == ([(Bracket(*known[:2]), Bracket(*known[2:]))] if known else [])


@every_truth
def test_a_truth_is_answered_by_its_brackets(held, truth: dict[str, str]) -> None:
    """It is listed at its first and last sight, not outside, and between is not enough to say."""
    ledger = held(truth["pack"])
    (listing, *_) = _listings(ledger, truth)
    came, went = _brackets(ledger, truth)
    assert _standing(ledger, listing, came.by) == "listed"
    if came.after is not None:
        assert _standing(ledger, listing, came.after) == "not_listed"
    if went is None:
        assert _standing(ledger, listing, ledger.registers()[0].last_published) == "listed"
    else:
        assert _standing(ledger, listing, went.after) == "listed"
        assert _standing(ledger, listing, went.by) == "not_listed"
        assert _standing(ledger, listing, _middle(went)) == "insufficient"


@every_truth
def test_a_truth_is_known_from_its_publication_on(held, truth: dict[str, str]) -> None:
    """As of the last snapshot without it nothing is known of it; as of the first with it, it is."""
    ledger = held(truth["pack"])
    (listing, *_) = _listings(ledger, truth)
    came, went = _brackets(ledger, truth)
    assert _standing(ledger, listing, came.by, as_of=came.by) == "listed"
    if came.after is not None:
        assert _standing(ledger, listing, came.by, as_of=came.after) is None
    if went is not None:
        assert _standing(ledger, listing, went.by, as_of=went.after) == "listed"


@pytest.fixture(scope="module")
def published(held) -> Callable[[str], dict[datetime, list[Snapshot]]]:
    """The snapshots of a register by when they were published, asked for once."""

    @cache
    def of(register: str) -> dict[datetime, list[Snapshot]]:
        found: dict[datetime, list[Snapshot]] = {}
        for one in snapshots(held(register), register):
            found.setdefault(one.published_at, []).append(one)
        return found

    return of


@every_truth
def test_brackets_agree_with_the_bytes_in_the_mirror(
    held,
    published: Callable[[str], dict[datetime, list[Snapshot]]],
    registers: Path,
    truth: dict[str, str],
) -> None:
    """The states at both sides of each change, read from git, hold the record or lack it."""
    ledger = held(truth["pack"])
    for listing in _listings(ledger, truth):
        went = listing.went or Bracket(None, None)
        for at, there in (
            (listing.came.after, False),
            (listing.came.by, True),
            (went.after, True),
            (went.by, False),
        ):
            found = published(truth["pack"]).get(at, []) if at else []
            for state in _states(found, registers, truth["pack"]):
                assert _holds(state, truth) is there


def _states(found: list[Snapshot], registers: Path, register: str) -> Iterator[str]:
    """The text of each state, past everything of ours but where it lies."""
    for snapshot in found:
        commit = snapshot.origin.removeprefix("git:")
        words = ["git", f"--git-dir={registers / register}.git", "-c", "safe.directory=*"]
        blob = [*words, "show", f"{commit}:{FILES[register]}"]
        yield subprocess.run(blob, capture_output=True, check=True).stdout.decode("cp1251")


def _holds(state: str, row: dict[str, str]) -> bool:
    if row["entry_id"]:
        return f'<content id="{row["entry_id"]}"' in state
    rows = ([cell.strip() for cell in line.split(";")] for line in state.splitlines())
    order = [row["org"], row["decision_no"], row["decision_date_last"]]
    return any(cells[3:] == order and row["selector"] in cells[2] for cells in rows)


@pytest.mark.parametrize(
    ("as_of", "body", "year"), [("2015-02-15", "ФСКН", "2012"), ("2015-04-15", "суд", "2014")]
)
def test_a_corrected_decision_is_told_as_it_was_published(held, as_of, body, year) -> None:
    """Entry 88378 stood on the drug police's decision of 2012 until a court's of 2014 replaced
    it."""
    (*_, last) = held("ru-rkn").entry("ru-rkn", "88378", as_of=as_of)
    assert (last.entry.decision.body, last.entry.decision.date[:4]) == (body, year)
    assert last.until is None


@pytest.mark.parametrize("asked", ["github.com", "http://www.youtube.com/user/musafir2008"])
@pytest.mark.parametrize("day", ["2014-08-24", "2014-09-15", "2014-10-30"])
def test_nothing_is_said_of_the_gap_of_69_days(held, asked: str, day: str) -> None:
    """Between the first two states of dump.xml even what both show may have left and come back."""
    ledger = held("ru-rkn")
    answer = ledger.check(asked, valid_at=day)
    assert answer.state == "insufficient"
    assert answer.registers[0].why == "gap"
    first, second, *_ = snapshots(ledger)
    assert (second.published_at - first.published_at).days == 69


def test_three_glitches_are_set_aside(held) -> None:
    """Ukraine's empty list, the one of 98 hosts and the collapse are quarantined, and no other."""
    aside = snapshots(held("ua-ncu"), statuses=["quarantined"])
    assert [s.published_at.isoformat() for s in aside] == list(GLITCHES)
    assert all(
        s.reason and s.reason.startswith(GLITCHES[s.published_at.isoformat()]) for s in aside
    )


@pytest.mark.parametrize("at", GLITCHES)
def test_a_glitch_delists_nobody(held, registers: Path, at: str) -> None:
    """Every host listed before a glitch and after it has one unbroken listing across it."""
    ledger, when = held("ua-ncu"), datetime.fromisoformat(at)
    accepted = [s for s in snapshots(ledger) if s.status == "accepted"]
    before = [s for s in accepted if s.published_at < when][-1]
    after = next(s for s in accepted if s.published_at > when)
    assert after.base == before.id
    assert (after.entries, after.added, after.removed) == (before.entries, 0, 0)
    for host in _hosts(registers, before.origin)[:: before.entries // 20]:
        # Others beside it, such as the domain above it, are shown too.
        matches = ledger.check(host, valid_at=when).registers[0].matches
        (match,) = [one for one in matches if one.how == "host"]
        assert match.state == "listed"
        assert match.listing.came.by <= before.published_at
        assert match.listing.went is None or match.listing.went.after >= after.published_at


def _hosts(registers: Path, origin: str) -> list[str]:
    words = ["git", f"--git-dir={registers / 'ua-ncu.git'}", "-c", "safe.directory=*", "show"]
    blob = [*words, f"{origin.removeprefix('git:')}:domains.list"]
    return subprocess.run(blob, capture_output=True, check=True, text=True).stdout.split()


def test_plus_signs_before_every_line_are_no_change(held) -> None:
    """The state in which every line of Ukraine's list bore a plus sign makes no event.

    It has 2,710 lines: two name a host that another one names too, apart from a blank, and one is
    `izpp.`, a word that is the name of no host.
    """
    ledger = held("ua-ncu")
    (state,) = [s for s in snapshots(ledger) if s.published_at.isoformat() == PLUS_SIGNS]
    assert (state.status, state.entries) == ("accepted", 2707)
    assert (state.added, state.changed, state.removed) == (0, 0, 0)
    assert ledger.changes(since="2023-04-25T07:27Z", until="2023-04-26") == []


def test_a_host_leaves_by_an_order_and_comes_back(held) -> None:
    """tabakevich.com went on 2024-07-02 by order 502/2307 and was back on 2024-07-30."""
    first, second = (listing for _, listing in held("ua-ncu").history("tabakevich.com"))
    assert first.went.by.isoformat() == "2024-07-02T07:38:34+00:00"
    assert first.removal.decision.number == "502/2307"
    assert second.came.by.isoformat() == "2024-07-30T04:47:28+00:00"
    assert (second.went, second.entry.decision.number) == (None, "555/2360")


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2024-06-18", "listed"),
        ("2024-06-25", "insufficient"),
        ("2024-07-10", "not_listed"),
        ("2024-07-31", "listed"),
    ],
)
def test_a_host_that_comes_back_is_answered_day_by_day(held, day: str, state: str) -> None:
    """Before, between and after its two listings tabakevich.com is answered by what was shown."""
    assert held("ua-ncu").check("tabakevich.com", valid_at=day).state == state


@pytest.mark.parametrize(
    ("host", "day", "state"),
    [
        ("1slottyway.com", "2023-06-06", "listed"),
        ("1slottyway.com", "2023-06-07", "not_listed"),
        ("favbe777.com", "2021-06-09", "listed"),
        ("favbe777.com", "2022-05-01", "not_listed"),
        ("1xbet.com", "2023-01-03", "listed"),
        ("1xbet.com", "2023-01-04", "not_listed"),
    ],
)
def test_czech_days_of_removal_count(held, host: str, day: str, state: str) -> None:
    """A Czech row that stays with its day of removal is off the list from that day on."""
    answer = held("cz-mfcr").check(host, valid_at=day)
    assert answer.state == state
    if state == "not_listed":
        (match,) = answer.registers[0].matches
        assert match.why == "stated"


@pytest.mark.parametrize("register", LARGE)
def test_ingesting_again_reads_nothing(place, registers: Path, register: str) -> None:
    """With nothing new in a mirror no snapshot is read and no table gets a new version."""
    ledger = str(place(register))
    before = [Store(ledger).table(name).version() for name in schema.REGISTER_TABLES]
    mirror = str(registers / f"{register}.git")
    outcome = pipeline.ingest(ledger, catalogue.find(register), mirror)
    assert (outcome.held, outcome.read, outcome.repeated) == (LARGE[register], 0, 0)
    assert [Store(ledger).table(name).version() for name in schema.REGISTER_TABLES] == before
