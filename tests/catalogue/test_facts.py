"""The shipped catalogue: without fault, whole, and in words of our own."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatewatch.catalogue import facts
from gatewatch.errors import UsageError
from gatewatch.model.claim import Claim
from gatewatch.model.service import Instrument

MOVED = {"unblocked": "restored"}
EVENTS = ("events.csv", "events_extra.csv", "events_more.csv")
UNSEEN_DAYS = {
    ("tiktok", "AF", "2022-04-21"): "2022-04",
    ("rt", "EU", "2022-03-01"): "../2022-03-02",
    ("x", "TR", "2025-03-19"): "../2025-03-19",
}
"""Days that no text gives: what is known of them instead."""
ADDED = {"in-2008", "ua-184-2020"}
"""Instruments that came after those collected."""
RENAMED = {
    ("telegram", "BR", "2022-03-20"): "revoked",
    ("discord", "RU", "2024-03-12"): "registered",
}


@pytest.fixture(scope="module")
def catalogue() -> facts.Catalogue:
    return facts.load()


def _rows(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_has_no_fault() -> None:
    found, faults = facts.read(facts.folders())
    assert faults == []
    assert len(found.claims) > 480


def test_every_collected_fact_is_there_with_its_precision_and_confidence(
    catalogue: facts.Catalogue, shared: Path
) -> None:
    """Each row has a claim of the same service, jurisdiction, action, day, text and count."""
    held = Counter(map(_named, catalogue.claims.values()))
    missing = []
    for row in (row for name in EVENTS for row in _rows(shared, name)):
        place = (row["service"], row["jurisdiction"], row["date"])
        action = RENAMED.get(place, MOVED.get(row["action"], row["action"]))
        url = row["source_url"] if row["source_url"].startswith("http") else ""
        undated = action == "complied" and url == "" and row["service"] == "wechat"
        day = "../2017-05-10" if undated else UNSEEN_DAYS.get(place, row["date"])
        service = catalogue.service(row["service"]).id
        wanted = (service, row["jurisdiction"], action, day, url, int(row["confidence"]))
        if not held[wanted]:
            missing.append(wanted)
    assert missing == []


def _named(one: Claim) -> tuple[str, str, str, str, str, int]:
    return (one.service, one.jurisdiction, one.action.value, one.date, one.source.url, one.seen)


def test_every_service_and_instrument_is_there(catalogue: facts.Catalogue, shared: Path) -> None:
    for row in _rows(shared, "services.csv") + _rows(shared, "services_more.csv"):
        one = catalogue.service(row["id"])
        assert row["id"] in one.ids
        unseen = "general knowledge" in row["domains"]
        assert unseen or set(row["domains"].split()) <= set(one.domains), row["id"]
    rules = _rows(shared, "rules.csv")
    official = _rows(shared, "rules_official.csv")
    assert {row["id"] for row in rules + official} | ADDED == set(catalogue.instruments)
    days = {row["id"]: row["adopted"] for row in official}
    for row in rules:
        rule = catalogue.instruments[row["id"]]
        if rule.adopted and row["adopted"]:
            told = (row["adopted"], days.get(row["id"], ""))
            assert any(day.startswith(rule.adopted[:10]) for day in told), row["id"]


def test_a_law_is_cited_as_a_lawyer_cites_it(catalogue: facts.Catalogue, shared: Path) -> None:
    """Its official title and source as collected; those without one say that none was found."""
    found = {row["id"]: row for row in _rows(shared, "rules_official.csv")}
    for one in catalogue.instruments.values():
        row = found.get(one.id)
        assert one.official == (row["official_url"] if row else ""), one.id
        assert (one.official_kind == "none") == (not one.official), one.id
        assert row is None or one.original == row["official_title"], one.id
    without = [one.id for one in catalogue.instruments.values() if not one.official]
    assert len(without) <= 20
    official = sum(
        one.official_kind in {"gazette", "official"} for one in catalogue.instruments.values()
    )
    assert official >= 30


def test_what_amended_a_law_came_after_it_and_is_on_record(catalogue: facts.Catalogue) -> None:
    """The frame law of Russia, an article by itself, a law of China, each with its later ones."""
    told = {one.id: one.amended for one in catalogue.instruments.values() if one.amended}
    assert {"ru-149fz", "ru-149fz-10.1", "ru-149fz-15.4", "cn-csl"} <= told.keys()
    assert {"ru-139fz", "ru-398fz", "ru-97fz", "ru-242fz", "ru-241fz"} <= set(told["ru-149fz"])
    for name, others in told.items():
        days = [catalogue.instruments[other].adopted for other in others]
        assert all(catalogue.instruments[name].adopted < day for day in days)
        assert days == sorted(days)


def test_a_law_s_days_and_number_are_those_of_its_title(catalogue: facts.Catalogue) -> None:
    """What the title says is not told as unseen; no article is older than what brought it."""
    laws = catalogue.instruments
    for one in laws.values():
        titled = re.search(r"(?:от|від) (\d\d)\.(\d\d)\.(\d{4})", one.original)
        if titled:
            assert one.adopted == "-".join(reversed(titled.groups())), one.id
        assert "not seen" not in one.note or "number of the" not in one.note, one.id
        if one.brought_by and one.adopted:
            assert laws[one.brought_by].adopted <= one.adopted, one.id
        assert not any("proxy" in source.split("/")[2] for source in one.sources if "//" in source)


def test_a_cut_that_came_back_ended_before(catalogue: facts.Catalogue) -> None:
    """A second cut of the same service has the end of the first on record."""
    for place, days in {
        ("youtube", "TR"): {"2007-03-09", "2010-10-31", "2014-06-03"},
        ("telegram", "IR"): {"2018-01-13"},
        ("telegram", "KE"): {"2023-11-24/2023-11-25", "2024-11-23"},
        ("telegram", "VE"): {"2024-09-02/2024-09-03", "2025-01-12"},
        ("telegram", "BJ"): {"2019-04-28/2019-04-29"},
    }.items():
        assert days <= {one.date for one in catalogue.cases[place] if one.action == "restored"}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("242-ФЗ", "ru-242fz"),
        ("№ 242-FZ", "ru-242fz"),
        ("закон Яровой", "ru-374fz"),
        ("статья 15.4", "ru-149fz-15.4"),
        ("ст. 15.4", "ru-149fz-15.4"),
        ("ст. 15.8 закона № 149-ФЗ", "ru-149fz-15.8"),
        ("Article 15.1-1", "ru-149fz-15.1-1"),
        ("IT Act 69A", "in-69a"),
        ("IT Act s. 69A", "in-69a"),
        ("Marco Civil", "br-mci"),
        ("Decree 133/2017", "ua-133-2017"),
        ("网络安全法", "cn-csl"),
        ("EO 13942", "us-eo-tiktok"),
        ("5651", "tr-5651"),
    ],
)
def test_a_law_is_found_by_its_usual_names(
    name: str, rule: str, catalogue: facts.Catalogue
) -> None:
    assert catalogue.instrument(name).id == rule


def test_sentences_are_our_own(catalogue: facts.Catalogue, shared: Path) -> None:
    """Facts were carried over, sentences were not."""
    theirs = {
        row["note"] for name in EVENTS for row in _rows(shared, name) if len(row["note"]) > 25
    }
    assert not theirs & {one.says for one in catalogue.claims.values()}
    seeds = " ".join(p.read_text(encoding="utf-8") for p in (shared / "seeds").iterdir())
    assert not [one.id for one in catalogue.claims.values() if one.says in seeds]


def test_a_rename_is_a_fact_with_a_day(catalogue: facts.Catalogue) -> None:
    """Twitter and X are one service; each name leads to it and says while it was borne."""
    one = catalogue.service("x")
    assert one is catalogue.service("Twitter") is catalogue.service("推特")
    borne = {naming.name: (naming.since, naming.until) for naming in one.namings}
    assert borne == {"Twitter": ("", "2023-07-23"), "X": ("2023-07-24", "")}
    assert {"NG", "BR"} <= {place for service, place in catalogue.cases if service == one.id}


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("www.wechat.com", "wechat"),
        ("M.Weixin.QQ.com.", "wechat"),
        ("qq.com", None),
        ("grok.x.com", "grok"),
        ("api.x.com", "twitter"),
        ("edge-mqtt.facebook.com", "facebook-messenger"),
        ("www.facebook.com", "facebook"),
        ("notfacebook.com", None),
        ("com", None),
    ],
)
def test_a_host_belongs_to_the_longest_declared_family(
    host: str, service: str | None, catalogue: facts.Catalogue
) -> None:
    """A family is a name and every host beneath it that no other service declares."""
    found = catalogue.service_of(host)
    assert (found and found.id) == service


def test_messengers_name_what_their_tests_try(catalogue: facts.Catalogue) -> None:
    """Each OONI test of a messenger leads to one service, with endpoints and ports."""
    tests = {test: one for one in catalogue.services.values() for test in one.tests}
    assert {"telegram", "whatsapp", "signal", "facebook_messenger", "tor", "psiphon"} <= set(tests)
    tried = {name: [e for e in one.endpoints if e.test == name] for name, one in tests.items()}
    assert ("149.154.167.51", (80, 443)) in {(e.host, e.ports) for e in tried["telegram"]}
    assert sum(e.ports == (443, 5222) for e in tried["whatsapp"]) == 16
    assert "cdsi.signal.org" in {e.host for e in tried["signal"]}
    assert all(one.is_address for one in tried["telegram"] if one.host[0].isdigit())


@pytest.mark.parametrize("name", ["wechat", "WeChat", "微信", "вичат", "Weixin"])
def test_a_service_answers_to_its_names(name: str, catalogue: facts.Catalogue) -> None:
    assert catalogue.service(name).id == "wechat"


def test_a_wrong_name_gets_a_near_one(catalogue: facts.Catalogue) -> None:
    with pytest.raises(UsageError, match="telegram"):
        catalogue.service("telegrm")
    with pytest.raises(UsageError, match="ru-242fz"):
        catalogue.instrument("ru-242f")


def test_a_text_without_a_day_counts_from_the_last_event_it_tells_of(
    catalogue: facts.Catalogue,
) -> None:
    undated = {c.source.key for c in catalogue.claims.values() if not c.source.published}
    assert undated
    assert set(catalogue.reported) <= undated


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("amazonaws.com", "amazon-aws"),
        ("s3.amazonaws.com", "amazon-aws"),
        ("signin.amazonaws.com", "amazon-aws"),
        ("news-site.s3.amazonaws.com", None),
        ("cdn.news-site.s3.eu-central-1.amazonaws.com", None),
        ("abc123.execute-api.eu-west-1.amazonaws.com", None),
        ("www.wechat.com", "wechat"),
    ],
)
def test_a_customer_s_host_is_not_its_hosting_service(host: str, service: str | None) -> None:
    """A block of one bucket is no block of the cloud that it lies in."""
    found = facts.load().service_of(host)
    assert (found.id if found else None) == service


_DUTIES = {"register", "data_localisation", "real_name", "retention", "local_office", "licence"}
_OF_ONE = {"ng-2021"}
"""Asks something of one service by name."""
_OF_USERS = {"cn-1997"}
"""Asks those who connect a network, and no service."""


def test_each_law_that_asks_something_of_services_says_of_which() -> None:
    """By kinds of its own, or by those of the law that it was brought in by, that it amends, or
    that keeps the same register."""
    laws = facts.load().instruments

    def kin(one: Instrument) -> Iterator[Instrument]:
        for other in laws.values():
            brought = {one.brought_by, other.brought_by} & {one.id, other.id}
            if (
                brought
                or one.brought_by in {other.id, other.brought_by or other.id}
                or one.id in other.amended
                or (one.register and one.register == other.register)
            ):
                yield other

    silent = {
        one.id
        for one in laws.values()
        if _DUTIES & set(one.demands)
        and not one.kinds
        and not any(other.kinds for other in kin(one))
    }
    assert silent == _OF_ONE | _OF_USERS
