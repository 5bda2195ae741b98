"""The control helper: requests made from the specification (ts-017), limits, and what it will not
do."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import msgspec
import pytest
from tests.probe.loopback import QUICK, says, serving

from gatewatch.errors import UsageError
from gatewatch.model.measurement import Control
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
