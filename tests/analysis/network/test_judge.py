"""Rules as data: each decides where it says, none is more than a condition, the labelled
scenarios come out right."""

import csv
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatewatch.analysis.network.facts import Facts
from gatewatch.analysis.network.fingerprints import Matcher
from gatewatch.analysis.network.judge import Judge
from gatewatch.analysis.network.observe import observe
from gatewatch.catalogue import fingerprints, rules
from gatewatch.errors import CatalogueError
from gatewatch.model.observation import HttpStep
from gatewatch.model.verdict import Rule, RuleSet, Verdict
from gatewatch.sources.measurements.ooni import decode

RULES = rules.load()
JUDGE = Judge(RULES)
MATCHER = Matcher(fingerprints.load())
BLOCKED = {"blocked", "likely_blocked", "impaired"}


def verdict(line: bytes) -> Verdict:
    return JUDGE.judge(observe(decode(line), MATCHER))


def coarse(found: Verdict) -> str:
    """The one word of the truth table: down or ok, else the layer, throttling before its layer."""
    if found.state not in BLOCKED:
        return found.state
    mechanism = found.mechanism or ""
    return "throttling" if "throttle" in mechanism else mechanism.partition(".")[0]


@pytest.fixture(scope="session")
def scenarios(shared: Path) -> list[dict[str, Any]]:
    """The labelled scenarios with their lines."""
    with (shared / "ooni" / "qa_truth.csv").open() as text:
        rows = list(csv.DictReader(text))
    return [row | {"line": (shared / "ooni" / "qa" / row["file"]).read_bytes()} for row in rows]


def test_every_labelled_scenario_is_judged_right(scenarios: list[dict[str, Any]]) -> None:
    """State, mechanism and the hop at which it happened, for all of them at once."""
    wrong = []
    for row in scenarios:
        found = verdict(row["line"])
        right = {row["expected_mechanism"], row["also_mechanism"], row["also_acceptable"]} - {""}
        blocked = row["expected_blocked"] == "1"
        if coarse(found) not in right or (found.state in BLOCKED) < (blocked and right <= LAYERS):
            wrong.append((row["file"], found.state, found.mechanism))
        if row["interference_hop"] and found.state in BLOCKED:
            assert (found.hop == 0) == (row["interference_hop"] == "input"), row["file"]
    assert len(scenarios) == 26
    assert wrong == []


LAYERS = {"dns", "tcp", "tls", "http", "throttling"}


def test_a_forged_answer_that_leads_to_the_site_is_named(scenarios: list[dict[str, Any]]) -> None:
    """The site works, and the interference on the way to it is said."""
    (row,) = [row for row in scenarios if row["file"].startswith("dnsHijackingToProxy")]
    found = verdict(row["line"])
    assert (found.state, found.interference) == ("ok", ("dns.injection.other",))


def test_no_rule_knows_a_scenario(scenarios: list[dict[str, Any]], shared: Path) -> None:
    """Neither rules nor our own fingerprints hold a host or an address of any scenario."""
    told = msgspec.json.encode([RULES, fingerprints.load()]).decode()
    for row in scenarios:
        observed = observe(decode(row["line"]), MATCHER)
        names = {step.host for step in observed.steps if hasattr(step, "host") and step.host}
        names |= {step.ip for step in observed.steps if hasattr(step, "ip") and step.ip}
        names -= {"10.10.34.35"}  # Iran's own, in every table of the field
        assert not [name for name in names if name in told]


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_a_rule_decides_where_it_says(rule: Rule) -> None:
    """The facts that a rule shows are facts, and under them it is the one that decides."""
    facts = Facts(**rule.shows)  # type: ignore[arg-type]
    by_weight = sorted(RULES.rules, key=lambda one: (-one.weight, one.id))
    (first, *_) = JUDGE.fired(facts)
    assert by_weight[first].id == rule.id


def test_nothing_known_is_insufficient() -> None:
    """Law 7: without any fact no rule holds."""
    assert JUDGE.fired(Facts()) == []
    assert verdict(b"{}").state == "insufficient"
    assert verdict(b'{"test_name": "web_connectivity", "test_keys": null}').state == "insufficient"


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        ("__import__('os').system('true')", "Call has no place"),
        ("dns.__class__ == ''", "Attribute has no place"),
        ("nonsense == 'ok'", "there is no fact 'nonsense'"),
        ("(lambda: 1)()", "no place"),
        ("[x for x in dns]", "no place"),
        ("dns ==", "cannot be read"),
        ("dns == 'a' if tcp else tls", "IfExp has no place"),
        ("f.dns", "no place"),
    ],
)
def test_a_condition_that_is_more_than_one_is_refused(when: str, fault: str) -> None:
    """Rules may come from anybody's file: only facts, constants and comparisons are let in."""
    rule = msgspec.structs.replace(RULES.rules[0], when=when)
    with pytest.raises(CatalogueError, match=fault):
        Judge(RuleSet("x", (rule,)))


def test_a_verdict_names_all_that_it_rests_on(scenarios: list[dict[str, Any]]) -> None:
    """Rule ids with versions, the version of the set, the steps looked at, in words why."""
    for row in scenarios:
        observed = observe(decode(row["line"]), MATCHER)
        found = JUDGE.judge(observed)
        assert found.ruleset == RULES.version
        named = {f"{rule.id}@{rule.version}": rule for rule in RULES.rules}
        assert found.why == named[found.rules[0]].comment
        assert found.evidence
        assert {observed.steps[place].hop for place in found.evidence} == {found.hop}


def test_confirmed_measurements_are_blocked(shared: Path) -> None:
    """With the field's fingerprints, what OONI confirmed is blocked here too."""
    matcher = Matcher(fingerprints.load(str(shared / "ooni" / "fingerprints")))
    with (shared / "ooni" / "raw_manifest.csv").open() as text:
        confirmed = [row for row in csv.DictReader(text) if row["ooni_confirmed"] == "True"]
    assert confirmed
    for row in confirmed:
        line = (shared / "ooni" / "raw" / row["file"]).read_bytes()
        found = JUDGE.judge(observe(decode(line), matcher))
        assert found.state == "blocked", row["file"]
        assert found.fingerprints == matcher.version


def test_an_idn_meets_its_control(scenarios: list[dict[str, Any]]) -> None:
    """A Unicode input and its xn-- in the steps are one name, so the control is not lost."""
    (row,) = [row for row in scenarios if row["file"].startswith("successWithHTTPS")]
    text = row["line"].decode().replace("www.example.com", "xn--bcher-kva.example")
    text = text.replace(
        '"input": "https://xn--bcher-kva.example/', '"input": "https://BÜCHER.example/'
    )
    text = text.replace(
        '"input":"https://xn--bcher-kva.example/', '"input":"https://BÜCHER.example/'
    )
    observed = observe(decode(text.encode()), MATCHER)
    assert observed.host == "xn--bcher-kva.example"
    assert {step.control for step in observed.steps} == {"met"}
    assert JUDGE.judge(observed).state == "ok"


def test_bodies_are_not_kept(scenarios: list[dict[str, Any]]) -> None:
    """Of a body its hash and length stay, and what fingerprints met."""
    for row in scenarios:
        observed = observe(decode(row["line"]), MATCHER)
        for step in observed.steps:
            if isinstance(step, HttpStep):
                assert all(len(str(value)) < 5_000 for value in msgspec.structs.astuple(step))
