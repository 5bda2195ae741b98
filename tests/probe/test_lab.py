"""The lab: what censors, servers and probes do, measured, and judged as everybody's measurements
are. docs/lab.md draws it."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from tests.lab import lab, middlebox, netns, places
from tests.lab.places import Host
from tests.needed import lacking
from tests.prebuilt import Prebuilt
from tests.probe import data_format

import gatewatch
from gatewatch.analysis.network.observe import observe
from gatewatch.analysis.network.tools import judge, tools
from gatewatch.catalogue import facts, nettests
from gatewatch.model.episode import Episode
from gatewatch.model.lane import Lane
from gatewatch.model.verdict import Verdict
from gatewatch.pipeline import measurements
from gatewatch.sources.measurements.ooni import decode

ROOT = Path(__file__).parents[2]


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
    file = folder / ("hotspot.jsonl" if host.scenario.hotspot else "all.jsonl")
    told, want = _judged(file)["web_connectivity", host.name], host.scenario
    assert (told.state, told.mechanism, told.locus) == (want.state, want.mechanism, want.locus), (
        want.why,
        told.rules,
        told.why,
    )
    assert set(want.interference) <= set(told.interference)


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


def test_a_resolver_is_asked_by_every_way(folder: Path) -> None:
    """Over UDP, TCP, TLS and HTTPS side by side: the truth by each, and where an injector answers
    first, by each but UDP."""
    rows = [json.loads(line) for line in lab.lines(folder / "resolvers.jsonl")]
    told: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        for query in row["test_keys"]["queries"]:
            for answer in query["answers"] or ():
                if query["query_type"] == "A" and "ipv4" in answer:
                    ways = told.setdefault(query["hostname"], {})
                    ways.setdefault(query["engine"], set()).add(answer["ipv4"])
    truth = {one.name: {one.address} for one in places.hosts()}
    for name in lab.RESOLVED:
        host = f"{name}-4.example"
        lies = {places.BOGON[0]} if name == "dns-poison" else truth[host]
        assert told[host] == {"udp": lies, **dict.fromkeys(("tcp", "dot", "doh"), truth[host])}
    states = {host: v.state for (_, host), v in _judged(folder / "resolvers.jsonl").items()}
    assert states == {
        "plain-https-4.example": "ok",
        "dns-bogon-4.example": "blocked",
        "dns-poison-4.example": "blocked",
    }


def test_a_page_is_asked_for_over_quic_too(folder: Path) -> None:
    """A site that speaks HTTP/3 is asked once more over QUIC, here and by the control; the page
    that came over TCP stays the first, which is the one compared."""
    rows = {json.loads(line)["input"]: json.loads(line) for line in lab.lines(folder / "all.jsonl")}
    keys = rows["https://over-quic-4.example/"]["test_keys"]
    tcp, udp = keys["requests"]
    assert (tcp["network"], udp["network"], udp["alpn"]) == ("tcp", "udp", "h3")
    assert (udp["failure"], udp["response"]["code"]) == (None, 200)
    assert udp["response"]["body"] == tcp["response"]["body"]
    assert keys["control"]["http3_request"]["status_code"] == 200
    assert keys["control"]["http3_request"]["title"]
    cut = rows["https://quic-drop-4.example/"]["test_keys"]
    assert [one["network"] for one in cut["requests"]] == ["tcp"]


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


def test_all_is_as_the_data_format_describes_it(folder: Path) -> None:
    """Every step of every test has the fields of its description, of their types, and no other."""
    for file in folder.glob("*.jsonl"):
        for line in lab.lines(file):
            assert data_format.check(line)


OF_NO_MODEL = {
    *(".id", ".input_hashes", ".options"),
    "network_events[].t0",
    *("queries[].tags", "requests[].tags", "tcp_connect[].tags"),
}
"""Fields of the data format for which oonidata 0.3.0 has no place; all else comes back."""


def test_oonidatas_models_load_it_without_loss(folder: Path) -> None:
    """What oonidata's models have a field for comes back from them as it was written. A number that
    a model keeps as a text is the same."""
    python = ROOT / ".venv-oonidata" / "bin" / "python"
    if not python.exists():
        lacking("oonidata", "its models want other libraries: make .venv-oonidata/.ready")
    script = Path(__file__).with_name("oonidata_loads.py")
    files = [folder / f"{name}.jsonl" for name in ("all", "services-part", "methods")]
    done = subprocess.run([python, script, *files], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["loaded"] == sum(len(lab.lines(file)) for file in files)
    assert {path for path, what in told["found"] if what == "unknown"} <= OF_NO_MODEL
    assert [one for one in told["found"] if one[1] != "unknown"] == []


LOOKED = {
    "sni_blocking": "interference.connection_reset",
    "http_host": "interference.connection_reset",
    "throughput": "success",
}


def test_methods_tell_the_mechanism(folder: Path) -> None:
    """One thing is changed and all else left: the name in the handshake or in the request, the
    extension of ECH, the number of tries, the way that a packet may go, the name of a slow page."""
    rows = [json.loads(line) for line in lab.lines(folder / "methods.jsonl")]
    keys = {row["test_name"]: row["test_keys"] for row in rows}
    assert {test: keys[test]["result"] for test in LOOKED} == LOOKED
    ech = next(
        r["test_keys"] for r in rows if "ech-reset" in r["input"] and "x_ech" in r["test_keys"]
    )
    told = {(h.get("echconfig"), h["failure"]) for h in ech["tls_handshakes"]}
    assert told == {(None, None), ("GREASE", "connection_reset")}
    assert keys["tlsping"]["x_outcomes"] == {"connection_reset": 5}
    assert keys["tlsmiddlebox"]["x_answered_at"] == {
        "control_trace": middlebox.SERVER_AT,
        "target_trace": middlebox.CENSOR_AT,
    }
    assert keys["throughput"]["x_share"] < 0.1
    verdicts = _judged(folder / "methods.jsonl")
    assert verdicts["sni_blocking", "sni-reset-4.example"].mechanism == "tls.reset.sni"
    assert verdicts["echcheck", "ech-reset-4.example"].mechanism == "tls.reset.ech"
    assert verdicts["echcheck", "sni-throttle-4.example"].state == "ok"


def test_a_cable_that_is_pulled_mid_run_leaves_what_had_ended(folder: Path) -> None:
    """What ended before is whole; of what came after the machine's own failure is said, and nothing
    is judged; the run ends by itself and says so in words."""
    rows = {json.loads(line)["input"]: line for line in lab.lines(folder / "pulled.jsonl")}
    assert list(rows) == [f"https://{name}-4.example/" for name in lab.PULLED]
    first, _, last = (judge(decode(line)).state for line in rows.values())
    assert (first, last) == ("ok", "insufficient")
    keys = json.loads(rows[f"https://{lab.PULLED[-1]}-4.example/"])["test_keys"]
    assert keys["control_failure"] == "network_unreachable"
    said = (folder / "pulled.txt").read_text(encoding="utf-8")
    assert "This machine itself failed in" in said
    assert "network_unreachable" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("days", [400, -400])
def test_a_probe_whose_clock_is_wrong_says_nothing(days: int, folder: Path) -> None:
    """Certificates are out of date by its own clock alone: the instrument failed, not the site."""
    line = lab.lines(folder / f"clock{days}.jsonl")[-1]
    keys = json.loads(line)["test_keys"]
    assert {h["failure"] for h in keys["tls_handshakes"]} == {"ssl_invalid_certificate"}
    told = judge(decode(line))
    assert (told.state, told.rules[0].partition("@")[0]) == ("insufficient", "instrument.tls_clock")


@pytest.mark.parametrize(
    ("file", "helper"),
    [("hotspot", "ssl_unknown_authority"), ("hotspot-plain", "json_parse_error")],
)
def test_a_hotspot_takes_the_helper_as_well(file: str, helper: str, folder: Path) -> None:
    """It stands in the place of a helper, with its certificate over TLS and with its page without,
    and of every site: nothing is said of any, whatever address names got."""
    rows = [json.loads(line) for line in lab.lines(folder / f"{file}.jsonl")]
    names = {one.url for one in places.hosts() if one.scenario.hotspot}
    assert {row["input"] for row in rows if row["test_name"] == "web_connectivity"} == names
    for row in rows:
        keys = row["test_keys"]
        if row["test_name"] == "web_connectivity":
            assert keys["control_failure"] == helper
            if keys["tls_handshakes"]:
                assert {h["failure"] for h in keys["tls_handshakes"]} == {"ssl_unknown_authority"}
    assert {told.state for told in _judged(folder / f"{file}.jsonl").values()} == {"insufficient"}


def test_a_transparent_proxy_shows_itself(folder: Path) -> None:
    """What it adds to a page is kept; the page is the site's, and nothing is cut off."""
    rows = {json.loads(line)["input"]: json.loads(line) for line in lab.lines(folder / "all.jsonl")}
    (page,) = rows["http://http-proxy-4.example/"]["test_keys"]["requests"]
    assert page["response"]["headers"]["Via"] == "1.1 lab"
    assert (
        rows["http://http-proxy-4.example/"]["test_keys"]["control"]["http_request"]["headers"].get(
            "Via"
        )
        is None
    )


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
    ("telegram", "free"): ("ok", None),
    ("telegram", "part"): ("impaired", "tls.reset"),
    ("telegram", "cut"): ("likely_blocked", "tcp.timeout"),
    ("whatsapp", "free"): ("ok", None),
    ("whatsapp", "part"): ("impaired", "tls.reset"),
    ("whatsapp", "cut"): ("likely_blocked", "tcp.timeout"),
    ("signal", "free"): ("ok", None),
    ("signal", "part"): ("impaired", "tls.reset"),
    ("signal", "cut"): ("likely_blocked", "tls.reset"),
    ("facebook_messenger", "free"): ("ok", None),
    ("facebook_messenger", "part"): ("impaired", "tcp.timeout"),
    ("facebook_messenger", "cut"): ("likely_blocked", "tcp.timeout"),
    ("wechat", "free"): ("ok", None),
    ("wechat", "part"): ("impaired", "tls.reset"),
    ("wechat", "cut"): ("likely_blocked", "tls.reset"),
}
RESULTS: dict[str, dict[str, object]] = {
    "telegram": {
        "telegram_tcp_blocking": (False, False, True),
        "telegram_http_blocking": (False, False, True),
        "telegram_web_status": ("ok", "blocked", "blocked"),
    },
    "whatsapp": {
        "whatsapp_endpoints_status": ("ok", "ok", "blocked"),
        "registration_server_status": ("ok", "blocked", "blocked"),
        "whatsapp_web_status": ("ok", "blocked", "blocked"),
        "whatsapp_web_failure": (None, "connection_reset", "connection_reset"),
    },
    "signal": {
        "signal_backend_status": ("ok", "blocked", "blocked"),
        "signal_backend_failure": (None, "connection_reset", "connection_reset"),
    },
    "facebook_messenger": {
        "facebook_tcp_blocking": (False, True, True),
        "facebook_dns_blocking": (False, False, False),
    },
    "wechat": {
        "wechat_long_connections_status": ("ok", "ok", "blocked"),
        "wechat_web_status": ("ok", "blocked", "blocked"),
        "wechat_web_failure": (None, "connection_reset", "connection_reset"),
    },
}
"""What each test's own specification calls what it saw: free, cut in part, cut off."""


@cache
def _services(folder: Path, phase: str) -> dict[str, bytes]:
    lines = lab.lines(folder / f"services-{phase}.jsonl")
    return {json.loads(line)["test_name"]: line for line in lines}


@pytest.mark.parametrize(("test", "phase"), WANTED)
def test_a_service(test: str, phase: str, folder: Path) -> None:
    """The tests of services against servers: free, cut in part, cut off; each host apart, and the
    results by the names of each specification."""
    line = _services(folder, phase)[test]
    told = judge(decode(line))
    assert (told.state, told.mechanism, told.subject) == (*WANTED[test, phase], "service")
    assert told.about == nettests.tests()[test].service
    gone, parts = places.cut(test, phase), {part.target: part for part in told.parts}
    for host in places.services()[test]:
        ignored = host in nettests.tests()[test].ignored
        part = next((p for t, p in parts.items() if (t or "").partition(":")[0] == host), None)
        if not ignored and part is not None:
            assert (part.state == "ok") == (host not in gone), (host, part.state)
    keys = json.loads(line)["test_keys"]
    place = lab.PHASES.index(phase)
    for name, values in RESULTS[test].items():
        assert isinstance(values, tuple)
        assert keys[name] == values[place], name


def test_what_wechat_needs_is_what_the_catalogue_has() -> None:
    """The hosts of the test's needs are the endpoints that the catalogue gives it."""
    needed = {host for need in nettests.tests()["wechat"].needs for host in need.hosts}
    held = facts.load().service("wechat").endpoints
    assert {one.host for one in held if one.test == "wechat"} == needed


def _week(folder: Path, first: datetime) -> Iterator[bytes]:
    """Both of the lab's measurements, four times a day by three networks, over twelve days: cut off
    from the fourth day up to the eleventh."""
    free, cut = (json.loads(_services(folder, phase)["wechat"]) for phase in ("free", "cut"))
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
    hosts = set(places.services()["wechat"])
    assert {one.target for one in found} == {"wechat", *hosts}
    assert len(found) == 1 + len(hosts)  # one of each, of the service and its hosts
    onset, end = first + timedelta(days=3), first + timedelta(days=10)
    assert episode.onset_earliest <= onset <= episode.onset_latest + timedelta(hours=1)
    assert episode.resolution_latest is not None
    assert episode.resolution_earliest <= end + timedelta(hours=1)
    assert end <= episode.resolution_latest + timedelta(hours=1)
    assert episode.resolution_latest - episode.onset_earliest < timedelta(days=8)
    before, within = (_network(ledger, when) for when in ("2026-10-02", "2026-10-07"))
    assert (before.state, within.state) == ("reachable", "blocked")
    (drawn,) = (one for one in within.items if isinstance(one, Episode))
    for name in ("onset_earliest", "onset_latest", "resolution_earliest", "resolution_latest"):
        assert getattr(drawn, name) == getattr(episode, name)


def _network(ledger: str, when: str) -> Lane:
    """The network lane of WeChat's case in Russia, on a day."""
    case = gatewatch.open(ledger).case("wechat", "RU", valid_at=when)
    return next(lane for lane in case.lanes if lane.name == "network")
