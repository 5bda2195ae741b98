"""The cases that the project exists for, from the shipped catalogue."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.commands import invoked

import gatewatch
from gatewatch.cases.case import FADES, Case
from gatewatch.cases.compare import compare
from gatewatch.cases.headline import headline
from gatewatch.cases.lanes import acts
from gatewatch.cases.positions import Question
from gatewatch.cases.sources import Sources, question
from gatewatch.catalogue import facts
from gatewatch.model import day
from gatewatch.model.claim import Citation, Claim, SourceKind
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.model.states import Action, State
from gatewatch.query import case as cases
from gatewatch.query import difference
from gatewatch.query.facts import facts_for
from gatewatch.records import cases as case_rows
from gatewatch.records.comparison import records as comparison_rows
from gatewatch.words import say
from gatewatch.words.events import of_cases, of_claims

GOLDEN = Path(__file__).parent / "golden"
TOLD = [
    ("wechat", "RU"),
    ("linkedin", "RU"),
    ("telegram", "RU"),
    ("telegram", "BR"),
    ("wikipedia", "TR"),
    ("steam", "ID"),
    ("facebook", "CN"),
    ("google", "CN"),
    ("youtube", "CN"),
    ("twitter", "CN"),
    ("instagram", "CN"),
    ("snapchat", "CN"),
    ("pinterest", "CN"),
    ("nytimes", "CN"),
    ("youtube", "RU"),
    ("wechat", "IN"),
    ("twitter", "BR"),
    ("tiktok", "AL"),
    ("tiktok", "NP"),
    ("telegram", "KE"),
    ("telegram", "IQ"),
    ("tor", "RU"),
    ("whatsapp", "BR"),
    ("vk", "UA"),
    ("telegram", "UZ"),
]


@pytest.fixture(scope="module")
def catalogue() -> facts.Catalogue:
    return facts.load()


@pytest.fixture
def told(catalogue: facts.Catalogue) -> Callable[..., Case]:
    def tell(
        service: str, code: str, valid_at: str = "2026-03-01", as_of: str | None = None
    ) -> Case:
        return cases.case(
            catalogue,
            catalogue.service(service),
            Jurisdiction.parse(code),
            Moment.parse(valid_at, as_of),
        )

    return tell


@pytest.fixture
def wechat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """`gatewatch case wechat RU --format json` with options, on a machine without a ledger."""
    monkeypatch.setenv("GATEWATCH_LEDGER", str(tmp_path / "none"))

    def run(*options: str) -> dict[str, Any]:
        words = ["case", "wechat", "RU", "--format", "json", *options]
        done = invoked(words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    return run


def _steps(case: dict[str, Any], action: str, scope: str = "whole") -> list[dict[str, Any]]:
    return [s for s in case["steps"] if s["action"] == action and s["scope"] == scope]


@pytest.mark.parametrize(("service", "code"), TOLD)
def test_a_case_reads_as_it_was_reviewed(
    service: str, code: str, told: Callable[..., Case]
) -> None:
    """Golden files, reviewed by eye; a change of any of them is a change of what we say."""
    found = msgspec.json.format(msgspec.json.encode(case_rows.document(told(service, code))))
    golden = GOLDEN / f"{service}-{code.lower()}.json"
    assert found.decode() + "\n" == golden.read_text(encoding="utf-8")


def test_what_sources_told_long_ago_is_not_told_of_the_day(catalogue: facts.Catalogue) -> None:
    """A lane that grew old knows its state as the last one; the case is told by its last source."""
    every = list(cases.every(catalogue, Moment.parse("2026-03-01")))
    lanes = [(one, lane(one.lanes, LaneName.CLAIMS)) for one in every]
    for one, told in lanes:
        assert told.known_state == one.said
        assert told.state == ("insufficient" if told.faded else told.known_state)
    assert any(told.faded and one.state == State.RESTRICTED for one, told in lanes)


def test_a_state_of_a_later_day_names_its_last_source_whatever_it_is(
    catalogue: facts.Catalogue,
) -> None:
    """Free, under a demand or restricted alike; but not the duty of a law that is in force."""
    every = [one for one in cases.every(catalogue, Moment.parse("2026-03-01")) if one.current]
    older = [
        one
        for one in every
        if one.state == one.said != State.UNKNOWN
        and one.last_known == one.said_last
        and one.last_known != one.valid_at
    ]
    for one in older:
        assert f"by the last source, of {one.said_last}" in headline(one).plain()
    assert {State.UNRESTRICTED, State.DEMANDED, State.RESTRICTED} <= {one.state for one in older}
    by_law = [(law, headline(one).plain()) for one in every if (law := one.by_law)]
    assert by_law
    assert not any("last source" in told for _, told in by_law)
    assert all(f"under a duty by {law.short}" in told for law, told in by_law)


@pytest.mark.parametrize("day", ["2018-01-01", "2024-06-01", "2026-03-01"])
def test_no_state_is_last_known_before_it_began(day: str, catalogue: facts.Catalogue) -> None:
    """What was announced is known of the day it began on; its sentence names the source's day."""
    every = list(cases.every(catalogue, Moment.parse(day)))
    for one in every:
        if one.since and one.since.first and one.last_known:
            assert one.since.first <= one.last_known <= one.valid_at, one.service.id
        for told in one.lanes:
            if told.name == LaneName.CLAIMS and told.last_known and one.said_last:
                assert told.faded == (one.valid_at - one.said_last > FADES)
    announced = [o for o in every if o.last_known != o.last_told and not o.by_law]
    for one in announced:
        assert str(one.last_known) not in headline(one).plain().partition(" was ")[0]
    assert announced or day == "2018-01-01"


@pytest.mark.parametrize("day", ["2017-05-20", "2018-01-01"])
def test_a_statement_does_not_wipe_out_the_order_before_it(
    day: str, told: Callable[..., Case]
) -> None:
    """Neither in the headline nor in the lane: what somebody says of an order is no word on what
    became of it."""
    found = told("vk", "UA", day)
    assert [s.action for s in found.steps][:2] == ["ordered", "announced"]
    words = "ordered on 2017-05-15; whether it took effect is not on record"
    assert words in headline(found).plain()
    assert words in lane(found.lanes, LaneName.CLAIMS).summary.plain()
    ended = (*found.steps[:2], msgspec.structs.replace(found.steps[1], action="revoked"))
    assert "order revoked" in acts(ended, found.valid_at).plain()
    lifts = msgspec.structs.replace(found.steps[0], effect="lift")
    assert "whether it took effect" not in acts((lifts,), found.valid_at).plain()


def test_where_no_register_is_held_nothing_is_unlisted(catalogue: facts.Catalogue) -> None:
    """Not known, in any case: that no list is held is no word on a list."""
    every = list(cases.every(catalogue, Moment.parse("2026-03-01")))
    unheard = [one for one in every if lane(one.lanes, LaneName.LISTINGS).state == "none"]
    assert len(unheard) > 100
    for one in unheard:
        row = case_rows.overview(one)
        assert (row["paper"], row["agreement"]) == ("insufficient", "insufficient")
    assert not any(
        item.kind == "disagreement" and "listed" in say(item.text) for item in of_cases(unheard)
    )


def test_what_an_order_does_is_told_in_rows_and_in_the_feed(
    told: Callable[..., Case], catalogue: facts.Catalogue
) -> None:
    """A court that wants a restriction lifted orders too: its row and its item say so, as the
    page and the JSON do."""
    found = told("youtube", "TR")
    rows = {row["step"]: row for row in case_rows.flat_steps(found)}
    steps = {step["number"]: step for step in case_rows.document(found)["steps"]}
    assert {n: row["effect"] for n, row in rows.items()} == {
        n: step["effect"] for n, step in steps.items()
    }
    lifts = next(s for s in found.steps if (s.action, s.effect) == ("ordered", "lift"))
    items = {item.id: item for item in of_claims(catalogue)}
    item = items[f"urn:gatewatch:claim:{lifts.claims[0]}"]
    for sentence in (item.title, item.text):
        assert "order (against the restriction)" in sentence.plain()


def test_of_as_many_the_source_nearest_to_the_act_is_held() -> None:
    """A company's word, an agency, a paper, a copy: who is nearer decides where counts do not, and
    it is said; of those that are equal in all none is held."""
    kinds = {
        "The firm": SourceKind.COMPANY,
        "Wire": SourceKind.AGENCY,
        "Daily": SourceKind.PAPER,
        "Weekly": SourceKind.PAPER,
    }

    def asked(**told: tuple[str, str]) -> Question:
        claims = [
            Claim(
                id=day,
                service="wechat",
                jurisdiction="RU",
                action=Action.BLOCKED,
                date=f"2017-05-{day[1:]}",
                says="blocked",
                source=Citation(publisher=name, url=f"https://{day}.example", origin=origin),
            )
            for day, (name, origin) in told.items()
        ]
        sources = Sources(claims, {}, lambda text: kinds[text.source])
        return question({one.date: [one] for one in claims}, str, sources)

    nearer = asked(d04=("Daily", ""), d05=("The firm", ""), d06=("Wire", ""))
    assert [one.value for one in nearer.positions] == ["2017-05-05", "2017-05-06", "2017-05-04"]
    assert (nearer.settled, nearer.tie) == ("kind", False)
    copied = asked(d04=("Weekly", "Wire"), d05=("Daily", ""))
    assert copied.held is not None
    assert (copied.held.value, copied.settled) == ("2017-05-05", "kind")
    equal = asked(d04=("Weekly", ""), d05=("Daily", ""))
    assert (equal.settled, equal.tie) == ("tie", True)


def test_a_past_day_is_told_by_the_sources_of_what_had_happened_by_then(
    told: Callable[..., Case],
) -> None:
    """A text on the lift is no source of the block: their number grows with what happened, whenever
    each was published. The lane counts those that tell of the state."""
    days = ("2017-05-04", "2017-05-08", "2017-05-12")
    found = [told("wechat", "RU", day) for day in days]
    assert [one.origins for one in found] == [10, 19, 21]
    claims = [lane(one.lanes, LaneName.CLAIMS).summary.plain() for one in found]
    assert "by 8 sources" in claims[1]
    blocked = next(s for s in found[1].steps if s.action == Action.BLOCKED and s.scope == "whole")
    assert blocked.origins == found[1].said_origins == 8
    none = next(
        one
        for name in ("linkedin", "telegram", "facebook", "discord", "signal")
        if not (one := told(name, "RU", "1999-01-01")).origins
    )
    assert none.newest_origin is None
    said = lane(none.lanes, LaneName.CLAIMS).summary.plain()
    assert said.startswith("nothing yet; sources tell of later days")
    assert "by 0" not in said


def test_copies_count_once_wherever_sources_are_counted(told: Callable[..., Case]) -> None:
    """Of 25 texts about WeChat four are another's: the lane, the rows of cases and of a comparison,
    what a feed tells and what two answers differ by count 21 sources; a step counts likewise."""
    found = told("wechat", "RU")
    assert (len(found.sources), found.origins) == (25, 21)
    assert case_rows.overview(found)["sources"] == 21
    (row,) = comparison_rows(compare([found], ["RU"]))
    assert row["sources"] == 21
    (count,) = (said for what, _, said in difference.told(found) if what == "sources")
    assert count == message("{n}", "{n}", n=21)
    assert all("21 sources" in one.text.plain() for one in of_cases([found]))
    assert any(0 < step.origins < len(step.sources) for step in found.steps)


def test_wechat_was_listed_on_the_fourth_whatever_one_paper_says(
    wechat: Callable[..., dict[str, Any]],
) -> None:
    """Three independent sources and more, with the one that says the 5th beside them."""
    (listed,) = _steps(wechat(), "listed")
    assert listed["date"] == "2017-05-04"
    assert listed["independent"] >= 3
    assert len({s["publisher"] for s in listed["supported_by"]}) >= 3
    (other,) = listed["otherwise"]
    assert other["value"] == "2017-05-05"
    assert [s["publisher"] for s in other["sources"]] == ["Droid Report"]


def test_wechat_keeps_the_dates_behind_blocked_and_lifted_apart(
    wechat: Callable[..., dict[str, Any]],
) -> None:
    """Announced on the 5th, registered on the 10th by one source, off the list on the 11th."""
    case = wechat()
    assert "2017-05-05" in {s["date"] for s in _steps(case, "announced")}
    (registered,) = _steps(case, "registered")
    assert (registered["date"], registered["independent"]) == ("2017-05-10", 1)
    assert registered["duty_register"] is True
    assert [s["date"] for s in _steps(case, "delisted")] == ["2017-05-11"]
    assert [s["date"] for s in _steps(case, "restored")] == ["2017-05-11"]
    assert case["days"] == 7


def test_wechat_stands_under_the_right_law_for_the_right_reason(
    wechat: Callable[..., dict[str, Any]],
) -> None:
    """Art. 15.4 by 97-FZ and contact details; who says storage law and politics is named."""
    case = wechat()
    assert case["ground"]["held"]["value"] == "ru-149fz-15.4"
    assert "97-FZ" in case["ground"]["held"]["name"]
    assert "ru-242fz" in {p["value"] for p in case["ground"]["positions"]}
    assert case["reason"]["held"]["value"] == "contact_details"
    assert case["reason"]["disputed"] is True
    others = {
        p["value"]: {s["publisher"] for s in p["sources"]} for p in case["reason"]["positions"]
    }
    assert {"Rappler", "Azvision", "VPN Compare"} <= others["data_localisation"]
    assert others["politics"] == {"TechNode"}
    assert case["network"]["state"] == "insufficient"
    assert "no measurement" in case["network"]["why"]


def test_wechat_of_the_sixth_knows_nothing_of_the_lift(
    wechat: Callable[..., dict[str, Any]],
) -> None:
    """By the publication dates of its sources; those without one are told to be inferred."""
    case = wechat("--as-of", "2017-05-06")
    lifts = {"delisted", "restored", "complied", "registered", "revoked"}
    assert not lifts & {s["action"] for s in case["steps"]}
    assert case["state"] == "restricted"
    assert all(s["published"] <= "2017-05-06" for s in case["sources"])
    assert any(s["published_is_inferred"] for s in case["sources"])


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2014-07-31", "unknown"),
        ("2014-08-01", "obligated"),
        ("2017-05-04", "listed"),
        ("2017-05-08", "restricted"),
        ("2017-05-11", "lifted"),
        ("2017-05-12", "lifted"),
    ],
)
def test_wechat_on_each_day(day: str, state: str, wechat: Callable[..., dict[str, Any]]) -> None:
    assert wechat("--valid-at", day)["state"] == state


def test_what_would_lift_it_is_done_only_once_it_was_filed(
    wechat: Callable[..., dict[str, Any]],
) -> None:
    assert wechat("--valid-at", "2017-05-08")["would_lift"]["done"] is False
    assert wechat("--valid-at", "2017-05-12")["would_lift"]["done"] is True


def test_linkedin_stays_restricted_by_another_register(told: Callable[..., Case]) -> None:
    found = told("linkedin", "RU")
    (listed,) = [s for s in found.steps if s.action == "listed"]
    assert listed.register == "ru-infringers"
    assert found.state == "restricted"
    ruling = next(s for s in found.steps if s.action == "ordered")
    assert ruling.day.exact
    assert listed.day.exact
    assert ruling.day.exact < listed.day.exact


@pytest.mark.parametrize(
    ("service", "code", "day", "state"),
    [
        ("telegram", "BR", "2022-03-19", "unrestricted"),  # ordered, never in force
        ("telegram", "BR", "2022-03-21", "unrestricted"),
        ("telegram", "BR", "2023-04-27", "restricted"),
        ("telegram", "RU", "2017-07-01", "obligated"),  # in the register of organisers
        ("telegram", "RU", "2018-04-14", "demanded"),  # ordered, and not carried out yet
        ("telegram", "RU", "2019-01-01", "restricted"),
        ("telegram", "RU", "2021-01-01", "lifted"),
        ("twitter", "RU", "2014-06-01", "unknown"),  # a threat
        ("viber", "RU", "2018-04-17", "obligated"),  # a side effect of another case
        ("discord", "RU", "2024-03-13", "obligated"),  # in a register of duties
        ("line", "RU", "2018-01-01", "restricted"),  # a rumour of a lift
        ("wechat", "US", "2021-01-01", "unrestricted"),  # an order that a court stayed
        ("telegram", "HK", "2022-06-01", "obligated"),  # only considered
        ("wikipedia", "TR", "2019-12-27", "restricted"),  # ruled against, not lifted yet
        ("facebook", "RU", "2022-02-26", "partly_restricted"),
    ],
)
def test_what_changes_the_state_and_what_does_not(
    service: str, code: str, day: str, state: str, told: Callable[..., Case]
) -> None:
    """A threat, an unenforced order, a side effect and a rumour are shown and change nothing."""
    assert told(service, code, day).state == state


def test_snapchat_rests_on_one_undated_sentence(told: Callable[..., Case]) -> None:
    """No day is made up: not after the article."""
    (step,) = told("snapchat", "CN").steps
    assert (step.day.first, step.day.last) == (None, date(2017, 5, 9))
    assert step.dates.positions == ()
    assert len(step.sources) == 1


def test_before_the_only_sentence_it_is_not_known(told: Callable[..., Case]) -> None:
    """Not "nothing is on record": the bracket is open to the left."""
    words = say(headline(told("snapchat", "CN", "2017-05-08")))
    assert words.endswith(
        "it is not known whether Snapchat was restricted in China; by 9 May 2017 it was."
    )


def test_no_record_is_no_answer(told: Callable[..., Case]) -> None:
    """Absence of evidence is unknown, or a duty by law; never free."""
    assert told("wikipedia", "CN", "1999-01-01").state == "unknown"
    assert told("threema", "BR").state == "unknown"


def test_every_step_names_the_claims_and_sources_that_made_it(
    catalogue: facts.Catalogue,
) -> None:
    """Law 4, over all cases."""
    for one in cases.every(catalogue, Moment.parse(date(2026, 3, 1))):
        for step in one.steps:
            assert step.inferred or (step.claims and step.sources)
            assert all(name in catalogue.claims for name in step.claims)
        told = [name for step in one.steps for name in step.claims]
        assert sorted(told) == sorted(
            c.id for c in catalogue.cases[one.service.id, one.jurisdiction]
        )


@pytest.mark.parametrize("chosen", [["wechat"], ["line", "zello"]])
def test_cases_of_some_services_are_those_among_all(chosen: list[str], demo_filled: str) -> None:
    """Asked for alone they have the same lanes: nothing of another service moves them."""
    moment, ledger = Moment.parse("2026-03-01"), gatewatch.open(demo_filled)
    known = facts_for(ledger, moment).catalogue
    among = [one for one in cases.every(known, moment, ledger) if one.service.id in chosen]
    alone = list(cases.every(known, moment, ledger, services=chosen))
    assert alone == among
    assert {one.service.id for one in alone} == set(chosen)
    in_russia = list(cases.every(known, moment, ledger, codes=["RU"], services=chosen))
    assert in_russia == [one for one in among if one.jurisdiction == "RU"]


@pytest.mark.parametrize(
    ("service", "code", "day", "state", "known"),
    [
        ("vk", "UZ", "2022-07-31", "listed", "2021-07-02"),
        ("vk", "UZ", "2022-08-01", "insufficient", "2022-08-01"),  # access is back
        ("telegram", "UZ", "2022-01-01", "delisted", "2021-11-03"),  # the order is revoked
        ("tor", "RU", "2022-06-01", "delisted", "2022-05-19"),
        ("tor", "RU", "2022-08-01", "delisted", "2022-07-22"),  # and then it is taken off
        ("wechat", "RU", "2017-05-10", "listed", "2017-05-04"),
        ("wechat", "RU", "2017-06-01", "delisted", "2017-05-11"),
    ],
)
def test_any_lift_that_sources_tell_of_ends_a_listing_that_they_tell_of(
    told: Callable[..., Case], *, service: str, code: str, day: str, state: str, known: str
) -> None:
    """Where no register is held, a listing by the press does not outlive what the press says."""
    found = lane(told(service, code, day).lanes, LaneName.LISTINGS)
    assert (found.state, found.known_state, str(found.last_known)) == (state, state, known)
    assert found.by_sources


def test_a_later_day_is_told_by_the_last_source(told: Callable[..., Case]) -> None:
    """Of a day after the newest source no state is told as if somebody had said it of that day."""
    then, later = told("linkedin", "RU", "2017-09-26"), told("linkedin", "RU", "2018-06-01")
    assert (then.by_last_source, str(later.by_last_source)) == (None, "2017-09-26")
    assert "reportedly restricted" in headline(then).plain()
    assert "restricted (by the last source, of 2017-09-26)" in headline(later).plain()
    assert "the last of 2017-09-26" in lane(later.lanes, LaneName.CLAIMS).summary.plain()
    assert "the last of" not in lane(then.lanes, LaneName.CLAIMS).summary.plain()


def test_no_law_binds_before_it_was_adopted(
    told: Callable[..., Case], catalogue: facts.Catalogue
) -> None:
    """Where the day on which it came into force is not on record, the day of its adoption bounds
    it; `2023/..` is no month."""
    named = [d.instrument.id for d in told("linkedin", "RU", "2016-12-01").duties]
    assert "ru-242fz" in named
    assert "ru-482fz" not in named
    for one in catalogue.instruments.values():
        if one.adopted and not one.in_force:
            assert one.since.first == day.parse(one.adopted).first
            assert one.since.precision == "interval"
