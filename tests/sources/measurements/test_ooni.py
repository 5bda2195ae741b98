"""The decoder of measurements: keeps what can be kept, names what cannot, never raises."""

import json
import random
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.model.measurement import Binary, body_bytes
from gatewatch.pipeline.measure import convert
from gatewatch.sources.measurements import ooni
from gatewatch.sources.measurements.lines import Line
from gatewatch.sources.measurements.ooni import decode, scrub


def line(**more: Any) -> bytes:
    """A small invented measurement."""
    keys = more.pop("test_keys", {})
    head = {
        "test_name": "web_connectivity",
        "test_version": "0.4.1",
        "input": "http://a.example/",
        "probe_cc": "XX",
        "probe_asn": "AS64500",
        "probe_ip": "127.0.0.1",
        "measurement_start_time": "2024-01-01 00:00:00",
        "software_name": "probe",
        "software_version": "1",
    }
    return json.dumps({**head, "test_keys": keys, **more}).encode()


def page(body: Any, **headers: Any) -> dict[str, Any]:
    return {
        "requests": [
            {
                "request": {"url": "http://a.example/", "method": "GET"},
                "response": {"code": 200, "body": body, "headers": headers},
            }
        ]
    }


def lines(shared: Path) -> list[tuple[str, bytes]]:
    folder = shared / "ooni"
    files = sorted([*(folder / "raw").glob("*.json"), *(folder / "qa").glob("*.json")])
    return [(file.name, file.read_bytes()) for file in files]


def test_every_real_measurement_is_kept(shared: Path) -> None:
    """Each file decodes to a measurement of its test; none raises and none is thrown away."""
    for name, data in lines(shared):
        found = decode(data)
        assert found.readable, name
        assert found.test_name == json.loads(data)["test_name"]
        assert all("raise" not in problem for problem in found.problems)


def test_what_does_not_fit_is_named_and_the_rest_kept() -> None:
    """A field of the wrong kind costs that field, with its place in the problems."""
    keys = {
        "queries": [{"hostname": "a.example", "answers": [{"ipv4": "192.0.2.1"}, "odd", 7]}],
        "tcp_connect": [{"ip": "192.0.2.1", "port": "80", "status": {"success": True}}, 3],
        "requests": "none",
        "control": {"dns": {"addrs": "x"}, "tcp_connect": {"192.0.2.1:80": {"status": True}}},
    }
    found = decode(line(test_keys=keys))
    (query,) = found.steps.queries or []
    assert [a.ipv4 for a in query.answers or []] == ["192.0.2.1"]
    assert [c.port for c in found.steps.tcp_connect or []] == [80]
    assert found.steps.requests is None
    assert found.steps.control is not None
    assert found.steps.control.tcp_connect is not None
    said = " ".join(found.problems)
    assert all(place in said for place in ("answers[]", "tcp_connect[]", "requests", "addrs"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "no measurement"),
        (b'{"test_name": 7}', "no measurement"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"1" * 10_000, "not JSON"),
    ],
)
def test_what_is_no_measurement_comes_back_unreadable(data: bytes, reason: str) -> None:
    """Junk, deep nesting and endless numbers are answered with a reason."""
    found = decode(data)
    assert not found.readable
    assert found.problems[0].startswith(reason)


def test_a_line_beyond_the_limit_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory has a bound whatever is sent."""
    monkeypatch.setattr(ooni, "LIMIT", 1000)
    found = decode(line(test_keys={"filler": "x" * 2000}))
    assert (found.readable, found.problems) == (False, ("longer than 1,000 bytes",))


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda m: json.dumps({"format": "json", "content": m}),
        lambda m: json.dumps({"raw_measurement": json.dumps(m), "anomaly": False}),
        lambda m: json.dumps({"raw_measurement": m}),
    ],
)
def test_posts_and_replies_of_the_interface_are_unwrapped(wrapped: Any) -> None:
    """A measurement as a probe posts it, and as OONI's interface gives it back."""
    inner = json.loads(line(test_keys=page("hello")))
    found = decode(wrapped(inner).encode())
    assert (found.readable, len(found.steps.requests or [])) == (True, 1)


def test_a_test_nobody_knows_keeps_its_steps_and_short_results() -> None:
    """A generic measurement is never lost."""
    keys = {
        "verdict": "odd",
        "long": "x" * 1000,
        "nested": {"a": 1},
        "queries": [{"hostname": "a.example"}],
        "score": 0.5,
    }
    found = decode(line(test_name="brand_new", test_keys=keys))
    assert found.facts == {"verdict": "odd", "score": 0.5}
    assert len(found.steps.queries or []) == 1


def test_steps_kept_in_sets_are_gathered() -> None:
    """Targets, lookups and pings of tests that nest their steps come out as one list."""
    one = {"tcp_connect": [{"ip": "192.0.2.1", "port": 9001}], "queries": None}
    tor = decode(line(test_name="tor", test_keys={"targets": {"x": one, "y": one}}))
    assert len(tor.steps.tcp_connect or []) == 2
    ping = {"tcp_connect": {"ip": "192.0.2.2", "port": 443}}
    pings = decode(line(test_name="tcpping", test_keys={"pings": [ping, ping, ping]}))
    assert len(pings.steps.tcp_connect or []) == 3


SECRET = "198.51.100.77"


@pytest.mark.parametrize("spelling", [SECRET, "2001:db8::77", "2001:DB8:0:0::77"])
def test_the_probe_s_address_is_gone_everywhere(spelling: str) -> None:
    """In headers, bodies, titles, names and encoded bytes nothing equals the probe's address."""
    body = f"<title>you are {spelling}</title> {spelling}, <b>{spelling}</b>."
    keys = page(body, **{"X-Client": spelling, "Location": f"http://a.example/?ip={spelling}"})
    keys["requests"] += page({"format": "base64", "data": b64encode(body.encode()).decode()})[
        "requests"
    ]
    keys["client_resolver"] = spelling
    found = decode(line(probe_ip=spelling, test_keys=keys))
    told = repr(found) + repr(
        [r.response and bytes(r.response.headers) for r in found.steps.requests or []]
    )
    encoded = [body_bytes(r.response.body) for r in found.steps.requests or [] if r.response]
    assert spelling.lower() not in told.lower()
    assert [part for part in encoded if spelling.encode() in part] == []
    assert ooni.SCRUBBED.encode() in encoded[1]
    assert isinstance((found.steps.requests or [])[1].response.body, Binary)  # type: ignore[union-attr]


def test_scrubbing_takes_whole_addresses_only() -> None:
    """An address that merely contains the digits stays."""
    text = b'"1198.51.100.77 198.51.100.778 198.51.100.77.5 v198.51.100.77 (198.51.100.77)"'
    assert scrub(text, SECRET) == (
        b'"1198.51.100.77 198.51.100.778 198.51.100.77.5 v[scrubbed] ([scrubbed])"'
    )


@pytest.mark.parametrize("given", ["198.51.100.77", "::ffff:198.51.100.77", "64:ff9b::c633:644d"])
@pytest.mark.parametrize(
    "written",
    [
        *("198.51.100.77", "::ffff:198.51.100.77", "::FFFF:c633:644d", "0:0:0:0:0:ffff:c633:644d"),
        *(
            "0000:0000:0000:0000:0000:ffff:c633:644d",
            "64:ff9b::198.51.100.77",
            "64:ff9b::c633:644d",
        ),
    ],
)
def test_an_address_is_scrubbed_wherever_it_is_embedded(given: str, written: str) -> None:
    """As a server that speaks IPv6 writes it, or a network that translates."""
    assert scrub(f'"[{written}]:80"'.encode(), given) == b'"[[scrubbed]]:80"'


@pytest.mark.parametrize("address", ["127.0.0.1", "", "[scrubbed]", "::1"])
def test_a_placeholder_is_no_address_to_remove(address: str) -> None:
    """Probes that scrub for themselves write a placeholder; answers that equal it stay."""
    keys = {"queries": [{"hostname": "a.example", "answers": [{"ipv4": "127.0.0.1"}]}]}
    found = decode(line(probe_ip=address, test_keys=keys))
    assert (found.steps.queries or [])[0].answers[0].ipv4 == "127.0.0.1"  # type: ignore[index]


@pytest.mark.parametrize(
    "told", ["0", "1", "-", "{", '"', "null", "true", "test_name", "[", "AS64500", "\\", " "]
)
def test_what_is_no_address_takes_nothing_out(told: str) -> None:
    """Found by fuzzing: "0" was taken out of every number, and what was left was no JSON."""
    plain, odd = decode(line(), "one"), decode(line(probe_ip=told), "one")
    assert odd.readable
    assert (odd.test_name, odd.input, odd.probe_asn) == (
        plain.test_name,
        plain.input,
        plain.probe_asn,
    )


@pytest.mark.parametrize(
    "told",
    [
        SECRET,
        f"{SECRET}:4711",
        f" {SECRET} ",
        f"{SECRET}, 127.0.0.1",
        f"[{SECRET}]",
        f"{SECRET}/32",
    ],
)
def test_an_address_among_other_things_is_the_probe_s(told: str) -> None:
    """With a port, a mask or a proxy's address beside it, it is still the probe's."""
    held = decode(line(probe_ip=told, input=f"http://a.example/?{SECRET}"))
    assert SECRET not in repr(held)


def test_odd_bytes_and_numbers_do_no_harm() -> None:
    """Lone surrogates, NaN, infinities and numbers beyond 64 bits are taken out."""
    odd = line().replace(
        b'"test_keys": {}',
        (
            b'"test_keys": {"queries": [{"hostname": "\\ud800.example", "t": NaN,'
            b' "transaction_id": 99999999999999999999999}], "x": Infinity}'
        ),
    )
    found = decode(odd)
    (query,) = found.steps.queries or []
    assert (query.t, query.transaction_id) == (None, None)
    repr(found).encode()


def test_a_line_has_the_same_name_whoever_reads_it() -> None:
    """The uid in the line, else the container's, else a digest of its bytes."""
    assert decode(line(measurement_uid="m1"), "x").uid == "m1"
    assert decode(line(), "x").uid == "x"
    assert decode(line()).uid == decode(line()).uid != decode(line(probe_cc="YY")).uid


@given(data=st.binary(max_size=300))
def test_no_bytes_make_the_decoder_raise(data: bytes) -> None:
    """Law 5 on anything at all."""
    decode(data)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "queries",
                        "answers",
                        "requests",
                        "response",
                        "body",
                        "headers",
                        "control",
                        "dns",
                        "addrs",
                        "tcp_connect",
                        "status",
                        "tags",
                        "t",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_no_shape_of_test_keys_makes_the_decoder_raise(value: Any) -> None:
    """Law 5 on JSON of every shape under the names that the decoder looks for."""
    found = decode(line(test_keys=value))
    assert found.readable
    repr(found)


def test_turned_bits_and_cuts_never_raise(shared: Path) -> None:
    """Real lines, cut anywhere and with bits turned, decode or come back with a reason."""
    chance = random.Random(20240212)
    for _, data in lines(shared):
        if len(data) > 60_000:
            continue
        for _ in range(12):
            spoilt = bytearray(data)
            for _ in range(chance.choice((1, 3, 20))):
                spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
            cut = chance.choice((len(spoilt), chance.randrange(len(spoilt))))
            found = decode(bytes(spoilt[:cut]))
            assert found.readable or found.problems


def test_bad_base64_is_kept_as_it_came() -> None:
    """A body that claims to be base64 and is not keeps its text."""
    found = decode(line(test_keys=page({"format": "base64", "data": "%%%"})))
    response = (found.steps.requests or [])[0].response
    assert response is not None
    assert body_bytes(response.body) == b"%%%"


SURROGATE = "\ud800"


@pytest.mark.parametrize(
    "field",
    [
        "probe_ip",
        "measurement_uid",
        "report_id",
        "input",
        "probe_cc",
        "probe_asn",
        "test_version",
        "software_name",
        "resolver_ip",
        "measurement_start_time",
        "test_name",
        "annotations",
    ],
)
def test_a_lone_surrogate_in_any_field_costs_no_more_than_that_field(field: str) -> None:
    """Law 5: one such line once ended an ingest, and every run of it after."""
    value: Any = {"platform": SURROGATE, SURROGATE: "x"} if field == "annotations" else SURROGATE
    found = decode(line(**{field: value}), f"from-a-tar-{SURROGATE}")
    assert found.readable
    repr(found).encode()
    found.uid.encode()


@pytest.mark.parametrize(
    ("uid", "taken"),
    [
        ("20240212203347.123456_IT_webconnectivity_0123", "2024-02-12T20:33:47.123456+00:00"),
        ("01201503307dd8855f39f3d8f78be05f0c67770d", "2015-03-30T23:59:59+00:00"),
        ("20241399999999.000000_IT_x_y", None),
        ("0120159999abc", None),
        ("made-by-hand", None),
        (None, None),
    ],
)
def test_the_collector_s_time_stands_in_the_uid(uid: str | None, taken: str | None) -> None:
    """Since 2020 to the microsecond, before that to the day; else it is not known."""
    assert ooni.collected_at(uid) == taken


def test_what_a_probe_is_stays_known() -> None:
    """Platform, engine, network and annotations are kept, so that a probe's own fault can be told
    from its network's."""
    notes = {"platform": "android", "engine_version": "3.17.2", "network_type": "wifi", "n": 7}
    found = decode(line(annotations=notes, probe_id="p1"))
    assert (found.platform, found.engine, found.network_type) == ("android", "3.17.2", "wifi")
    assert (found.probe_id, found.annotations["n"]) == ("p1", "7")


@pytest.mark.parametrize("number", [2**53, 2**63, 2**64, -(2**63) - 1, 1e308])
@pytest.mark.parametrize("test", ["web_connectivity", "tor"])
def test_a_number_that_no_column_holds_costs_no_more_than_its_field(
    number: float, test: str
) -> None:
    """Found by fuzzing: 2^63 passed the decoder and broke the table that it was to stand in."""
    step = {"ip": "192.0.2.1", "port": number, "transaction_id": number}
    event = {"operation": "read", "num_bytes": number, "t": 1.0, "transaction_id": 1}
    keys = {"tcp_connect": [step], "network_events": [event] * 3}
    found = convert([Line(line(test_name=test, test_keys=keys))])
    assert found.measurements.num_rows == 1
