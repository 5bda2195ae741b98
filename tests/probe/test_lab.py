"""The lab: what censors, servers and probes do, measured, and judged as everybody's measurements
are. docs/lab.md draws it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from tests.lab import lab, netns, places
from tests.lab.places import Host
from tests.needed import lacking
from tests.prebuilt import Prebuilt

import gatewatch
from gatewatch.analysis.network.observe import observe
from gatewatch.analysis.network.tools import judge, tools
from gatewatch.catalogue import facts, nettests
from gatewatch.model.verdict import Verdict
from gatewatch.pipeline import measurements
from gatewatch.sources.measurements.ooni import decode


@pytest.fixture(scope="session")
def folder(prebuilt: Prebuilt) -> Path:
    """What was measured in the lab, once for all tests of a run."""
    if why := netns.allowed():
        lacking(why, "the lab is made of network namespaces; scripts/setup tests installs iproute2")
    return prebuilt.once("lab", lab.measured)


@cache
def _judged(file: Path) -> dict[tuple[str, str], Verdict]:
    return lab.judged(file)


@pytest.mark.parametrize("host", places.hosts(), ids=lambda host: host.name)
def test_scenario(host: Host, folder: Path) -> None:
    """State, mechanism and locus are what the scenario says, by the path that judges all."""
    told, want = _judged(folder / "all.jsonl")["web_connectivity", host.name], host.scenario
    assert (told.state, told.mechanism, told.locus) == (want.state, want.mechanism, want.locus), (
        want.why,
        told.rules,
        told.why,
    )


def test_there_are_many() -> None:
    """At least 45 scenarios, nearly all of them over both families."""
    assert len(places.scenarios()) >= 45
    assert sum(one.families == (4, 6) for one in places.scenarios()) >= 45


def test_a_cut_handshake_is_looked_at_again_by_its_name(folder: Path) -> None:
    """Where a handshake was cut, a harmless name at the same address tells the name from the
    address; where nothing was cut, nobody looks."""
    found = {
        host: verdict.state
        for (test, host), verdict in _judged(folder / "all.jsonl").items()
        if test == "sni_blocking"
    }
    wanted = {
        one.name: one.scenario.differential for one in places.hosts() if one.scenario.differential
    }
    assert wanted
    assert {name: found.get(name) for name in wanted} == wanted
    assert not any(name.startswith(("plain-https", "ip-drop", "tls-mitm")) for name in found)


def test_the_injector_is_seen_beside_the_truth(folder: Path) -> None:
    """Of two answers to one question over UDP the first was injected; both are kept."""
    rows = {json.loads(line)["input"]: json.loads(line) for line in lab.lines(folder / "all.jsonl")}
    keys = rows["https://dns-race-4.example/"]["test_keys"]
    first = [q for q in keys["queries"] if q["engine"] == "udp" and q["query_type"] == "A"]
    second = [q for q in keys["x_dns_duplicate_responses"] if q["query_type"] == "A"]
    assert [a["ipv4"] for q in first for a in q["answers"]] == [places.CENSOR[0]]
    assert {a["ipv4"] for q in second for a in q["answers"]} == {
        one.address for one in places.hosts() if one.name == "dns-race-4.example"
    }
    verdict = _judged(folder / "all.jsonl")["web_connectivity", "dns-race-4.example"]
    assert verdict.interference == ("dns.injection.other",)


def test_all_is_read_without_loss(folder: Path) -> None:
    """The path that reads everybody's measurements finds nothing in ours that it cannot read, and
    as many steps as were recorded."""
    matcher, _ = tools()
    for line in lab.lines(folder / "all.jsonl"):
        measured, keys = decode(line), json.loads(line)["test_keys"]
        assert measured.problems == ()
        if measured.test_name != "web_connectivity":
            continue
        observed = observe(measured, matcher)
        doubled = len(keys["x_dns_duplicate_responses"] or ())
        assert len(observed.names) == len(keys["queries"]) + doubled
        assert len(observed.connects) == len(keys["tcp_connect"])
        assert len(observed.handshakes) == len(keys["tls_handshakes"]) + len(
            keys["quic_handshakes"]
        )
        assert len(observed.pages) == len(keys["requests"])


def test_no_line_holds_the_probes_address(folder: Path) -> None:
    """Its own addresses are in nothing that it wrote, encoded or not."""
    for file in folder.glob("*.jsonl"):
        data = file.read_bytes()
        assert not re.search(rb"192\.175\.48\.2(?!\d)|2620:4f:8000::2\b", data)
        assert b"x_client_address" not in data


def test_a_probe_without_a_network_says_nothing_of_any(folder: Path) -> None:
    """With its interface down everything fails, by the probe's own words, and nothing is judged."""
    (line,) = lab.lines(folder / "dark.jsonl")
    assert judge(decode(line)).state == "insufficient"
    failures = {q["failure"] for q in json.loads(line)["test_keys"]["queries"]}
    assert "network_unreachable" in failures


WANTED = {
    "free": ("ok", None),
    "part": ("impaired", "tls.reset"),
    "cut": ("likely_blocked", "tls.reset"),
}


@pytest.mark.parametrize("name", WANTED)
def test_wechat(name: str, folder: Path) -> None:
    """WeChat's test: free, with its names reset, and cut off altogether; each step apart."""
    (line,) = lab.lines(folder / f"wechat-{name}.jsonl")
    told = judge(decode(line))
    assert (told.state, told.mechanism, told.subject, told.about) == (
        *WANTED[name],
        "service",
        "wechat",
    )
    steps = {part.target: part.state for part in told.parts}
    assert set(places.WECHAT) <= set(steps)
    for host in places.WECHAT:
        assert (steps[host] == "ok") == (host not in lab.WECHAT[name])
    keys = json.loads(line)["test_keys"]
    assert keys["wechat_long_connections_status"] == ("blocked" if name == "cut" else "ok")
    assert keys["wechat_web_failure"] == (None if name == "free" else "connection_reset")


def test_what_wechat_needs_is_what_the_catalogue_has() -> None:
    """The hosts of the test's needs are the endpoints that the catalogue gives it."""
    needed = {host for need in nettests.tests()["wechat"].needs for host in need.hosts}
    held = facts.load().service("wechat").endpoints
    assert {one.host for one in held if one.test == "wechat"} == needed == set(places.WECHAT)


def _week(folder: Path, first: datetime) -> Iterator[bytes]:
    """Both of the lab's measurements, four times a day by three networks, over twelve days: cut off
    from the fourth day up to the eleventh."""
    free, cut = (
        json.loads(lab.lines(folder / f"wechat-{name}.jsonl")[0]) for name in ("free", "cut")
    )
    for quarter in range(48):
        at = first + timedelta(hours=6 * quarter)
        for network in (64510, 64511, 64512):
            row = cut if 12 <= quarter < 40 else free
            yield json.dumps(
                {
                    **row,
                    "measurement_start_time": f"{at + timedelta(minutes=network % 50):%F %T}",
                    "probe_asn": f"AS{network}",
                    "resolver_asn": f"AS{network}",
                    "id": f"{quarter}-{network}",
                }
            ).encode()


def test_a_week_of_a_block_is_one_episode_of_the_case(folder: Path, tmp_path: Path) -> None:
    """WeChat cut off for a week and let go: one episode, whose bracket holds both days."""
    first = datetime(2026, 10, 1, tzinfo=UTC)
    file, ledger = tmp_path / "week.jsonl", str(tmp_path / "ledger")
    file.write_bytes(b"\n".join(_week(folder, first)))
    measurements.ingest(ledger, str(file), processes=1)
    found = gatewatch.open(ledger).episodes("wechat", jurisdiction="RU")
    (episode,) = (one for one in found if one.target == "wechat")
    assert {one.target for one in found} == {"wechat", *places.WECHAT}
    assert len(found) == 1 + len(places.WECHAT)  # one of each, of the service and its hosts
    onset, end = first + timedelta(days=3), first + timedelta(days=10)
    assert episode.onset_earliest <= onset <= episode.onset_latest + timedelta(hours=1)
    assert episode.resolution_latest is not None
    assert episode.resolution_earliest <= end + timedelta(hours=1)
    assert end <= episode.resolution_latest + timedelta(hours=1)
    assert episode.resolution_latest - episode.onset_earliest < timedelta(days=8)
