"""The control helper: requests made from the specification (ts-017), limits, and what it will not
do."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest
from tests.probe.loopback import QUICK, says, serving

from gatewatch.errors import UsageError
from gatewatch.model.measurement import Control
from gatewatch.probe import control, helper_server, web
from gatewatch.probe.control import ControlRequest, Helper, ask
from gatewatch.probe.helper_server import HelperBounds, HelperServer
from gatewatch.probe.helping import HelperTools, endpoint, parse
from gatewatch.probe.networks import NetworkTable

PAGE = b"<html><title>A  page &amp; more</title></html>"
SITE = says(b"HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)


async def _post(port: int, **given: object) -> httpx.Response:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        return await client.request(
            str(given.pop("method", "POST")),
            f"http://127.0.0.1:{port}{given.pop('path', '/')}",
            **given,  # type: ignore[arg-type]
        )


class _Running:
    """A helper on the loopback."""

    def __init__(self, *, lab: bool = True, **bounds: int) -> None:
        table = NetworkTable([("127.0.0.0/8", 64500)])
        tools = HelperTools(limits=QUICK, networks=table, threads=ThreadPoolExecutor(2), lab=lab)
        self._server = HelperServer(tools, HelperBounds(**bounds))

    async def __aenter__(self) -> int:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._server.serve("127.0.0.1", 0, port.set_result))
        return await port

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


def test_a_request_of_the_specification_is_answered_by_it() -> None:
    """The keys that the field's probes read, with the page at the end, its title and headers."""

    async def main() -> httpx.Response:
        async with serving(SITE) as site, _Running() as port:
            request = {
                "http_request": f"http://127.0.0.1:{site}/",
                "http_request_headers": {"Accept": ["text/html"], "User-Agent": ["x"]},
                "tcp_connect": [f"127.0.0.1:{site}", "127.0.0.1:9"],
                "x_quic_enabled": False,
            }
            return await _post(port, json=request)

    told = asyncio.run(main())
    assert told.status_code == 200
    found = told.json()
    good, bad = found["tcp_connect"].values()
    assert good == {"status": True, "failure": None}
    assert bad == {"status": False, "failure": "connection_refused"}
    page = found["http_request"]
    assert (page["failure"], page["status_code"], page["body_length"], page["title"]) == (
        *(None, 200, len(PAGE)),
        "A page & more",
    )
    assert page["headers"]["X-One"] == "1"
    assert found["dns"] == {"failure": None, "addrs": ["127.0.0.1"]}
    assert found["ip_info"] == {"127.0.0.1": {"asn": 64500, "flags": 7}}
    assert found["x_client_address"] == "127.0.0.1"
    del found["x_client_address"]
    read = msgspec.json.decode(msgspec.json.encode(found), type=Control)
    assert read.http_request is not None
    assert read.http_request.status_code == 200


def test_private_and_loopback_addresses_are_refused() -> None:
    """Outside of a lab nothing is connected to that is nobody's on the internet, by address, by
    name or by redirect."""
    touched: list[int] = []

    async def main() -> list[dict[str, object]]:
        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            touched.append(1)
            await SITE(reader, writer)

        async with serving(client) as site, _Running(lab=False) as port:
            return [
                (
                    await _post(
                        port,
                        json={
                            "http_request": f"http://{host}:{site}/",
                            "tcp_connect": [f"127.0.0.1:{site}", "10.0.0.1:80", "[::1]:80"],
                        },
                    )
                ).json()
                for host in ("127.0.0.1", "localhost", "[::1]")
            ]

    for found in asyncio.run(main()):
        assert found["tcp_connect"] == {}
        assert found["http_request"]["failure"] == "http_request_failed"  # type: ignore[index]
    assert touched == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"http_request": 1}',
        b'{"http_request": "ftp://a/"}',
        b'{"http_request": "http://a/", "tcp_connect": ["a:80"]}',
        b'{"http_request": "http://a/", "tcp_connect": ["1.1.1.1:0"]}',
        b'{"http_request": "http://a/", "tcp_connect": ["1.1.1.1:70000"]}',
        msgspec.json.encode({"http_request": "http://a/", "tcp_connect": ["1.1.1.1:80"] * 33}),
        msgspec.json.encode({"http_request": "http://a/" + "x" * 5000}),
    ],
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    """Each by words, and nothing is done for it."""
    with pytest.raises(UsageError):
        parse(body)


def test_its_http_is_bounded() -> None:
    """Other methods and paths, too much, and what is no HTTP, have their status."""

    async def main() -> tuple[list[int], bytes]:
        async with _Running() as port:
            found = [
                (await _post(port, method="GET")).status_code,
                (await _post(port, path="/other")).status_code,
                (await _post(port, content=b"x" * 70_000)).status_code,
                (await _post(port, content=b"no json")).status_code,
            ]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"nonsense\r\n\r\n")
            raw = await reader.read()
            writer.close()
            return found, raw

    found, raw = asyncio.run(main())
    assert found == [405, 404, 400, 400]
    assert raw.startswith(b"HTTP/1.1 400")


def test_a_client_has_its_rate() -> None:
    """So many requests a minute; then it is told to come later."""

    async def main() -> list[int]:
        async with _Running(a_minute=2) as port:
            body = {"http_request": "http://127.0.0.1:9/"}
            return [(await _post(port, json=body)).status_code for _ in range(3)]

    assert asyncio.run(main()) == [200, 200, 429]


def test_many_addresses_of_one_network_are_one_client() -> None:
    """Whoever has one address of an IPv6 /64 has them all."""
    table = NetworkTable([("127.0.0.0/8", 64500)])
    tools = HelperTools(limits=QUICK, networks=table, threads=ThreadPoolExecutor(1), lab=True)
    server = HelperServer(tools, HelperBounds(a_minute=2))
    body = msgspec.json.encode({"http_request": "http://127.0.0.1:9/"})

    async def main() -> list[int]:
        asking = ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1")
        return [(await server.answer("POST", "/", body, one))[0] for one in asking]

    assert asyncio.run(main()) == [200, 200, 429, 200]


def test_another_patience_changes_no_bound() -> None:
    """What is counted in bytes or in pieces stays, whatever the seconds."""
    slow = msgspec.structs.replace(QUICK, most_head=1234).scaled(2 * QUICK.connect)
    assert (slow.most_head, slow.most_body) == (1234, QUICK.most_body)
    assert (slow.connect, slow.lookup) == (2 * QUICK.connect, 2 * QUICK.lookup)


def test_several_helpers_are_asked_in_turn() -> None:
    """The first that answers counts; where none does, the failure of the last is kept."""

    async def main() -> tuple[str, str | None, object]:
        async with _Running() as port, serving(says(b"HTTP/1.1 500 No\r\n\r\n")) as broken:
            asked = ControlRequest(http_request="http://127.0.0.1:9/")
            bad, good = (Helper(f"http://127.0.0.1:{one}/") for one in (broken, port))
            found = await ask((bad, good), asked, QUICK)
            lost = await ask((bad,), asked, QUICK)
            return found.client, lost.failure, lost.control

    assert asyncio.run(main()) == ("127.0.0.1", "http_request_failed", None)


def test_an_endpoint_is_an_address_with_a_port() -> None:
    """Both families; names are no endpoints."""
    assert (endpoint("[2620:4f:8000::2]:443").ip, endpoint("1.2.3.4:80").port) == (
        "2620:4f:8000::2",
        80,
    )
    with pytest.raises(UsageError):
        Helper.parse("control.example")


HOSTILE = {
    "no JSON": b"<html>",
    "no UTF-8": b'{"dns":{"failure":"\xff"}}',
    "a list": b"[]",
    "half a letter": b'{"dns":{"failure":"\\ud800"}}',
    "too deep": b'{"x":' * 985 + b"1" + b"}" * 985,
    "names of another kind": b'{"dns":"x"}',
    "addresses of another kind": b'{"dns":{"addrs":true}}',
    "an address of another kind": b'{"dns":{"addrs":[{}]}}',
    "ends of another kind": b'{"tcp_connect":{"1.1.1.1:443":[]}}',
    "a page of another kind": b'{"http_request":[1]}',
    "a length of another kind": b'{"http_request":{"body_length":"9","status_code":200}}',
    "a number beyond all": b'{"http_request":{"status_code":1e999}}',
    "networks of another kind": b'{"ip_info":{"1.1.1.1":7}}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_who_answers_otherwise_than_a_helper_is_none(body: bytes) -> None:
    """Nothing of it is used or kept, and the measurement goes on without a control."""
    told = control._read(Helper("http://h/"), None, 200, body)
    assert (told.control, told.failure) == (None, control.NOT_ITS_WORDS)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        *((302, "json_parse_error"), (511, "json_parse_error"), (204, "http_request_failed")),
        *((403, "http_request_failed"), (429, "http_request_failed"), (502, "http_request_failed")),
    ],
)
def test_who_sends_elsewhere_or_wants_a_login_is_no_helper(status: int, failure: str) -> None:
    """A portal stands in its place; a helper that refuses or fails is a helper."""
    told = control._read(Helper("http://h/"), None, status, b"{}")
    assert (told.control, told.failure) == (None, failure)


def test_a_helper_leads_a_probe_into_no_network_of_its_own() -> None:
    """Of the addresses that it resolved those are connected to that the internet has."""
    asked = ["8.8.8.8", "192.168.1.1", "127.0.0.1", "::1", "fe80::1", "10.0.0.1", "no address"]
    answer = control.ControlAnswer("http://h/", {"dns": {"addrs": asked}}, None)
    assert web._given(answer) == ["8.8.8.8"]


@pytest.mark.parametrize(
    "asked",
    [
        {"http_request_headers": {"User-Agent": ["a\rb"]}},
        {"http_request_headers": {"User-Agent": ["\x00"], "Accept": [" \u043f "]}},
        {"path": "/a b"},
        {"tcp_connect": ["127.0.0.1:" + "9" * 5_000]},
        {"tcp_connect": ["127.0.0.1:\u0663"]},
        {"tcp_connect": ["[fe80::1%" + "z" * 300 + "]:80"]},
        {"location": b"/a b"},
        {"location": "/\u043f\u0440".encode()},
        {"location": b"http://[::1/"},
        {"location": b"http://" + b"a" * 280 + b"/"},
    ],
)
def test_whatever_is_asked_is_answered(asked: dict[str, Any]) -> None:
    """With a value, or a refusal in words; no connection is dropped."""
    location = asked.get("location")
    site = says(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n") if location else SITE

    async def main() -> httpx.Response:
        async with serving(site) as port, _Running() as helper:
            body = {
                "http_request": f"http://127.0.0.1:{port}{asked.get('path', '/')}",
                "http_request_headers": asked.get("http_request_headers", {}),
                "tcp_connect": asked.get("tcp_connect", []),
            }
            return await _post(helper, json=body)

    told = asyncio.run(main())
    assert told.status_code == (400 if "tcp_connect" in asked else 200)
    if told.status_code == 200 and not location:
        assert told.json()["http_request"]["failure"] is None


def test_a_fault_of_the_helper_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next request is answered."""

    async def faulty(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(helper_server, "help_with", faulty)

    async def main() -> list[int]:
        async with _Running() as helper:
            asked = {"http_request": "http://127.0.0.1:1/"}
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
            return [(await _post(helper, json=asked)).status_code for _ in range(2)]

    assert asyncio.run(main()) == [500, 500]
