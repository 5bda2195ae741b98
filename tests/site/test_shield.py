"""What an attacker would try, tried."""

import base64
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from tests.site.served import Served, ask, serve


@pytest.mark.parametrize(
    "path",
    [
        "/entry/xx-hostile/1",
        "/changes?day=2026-02-01",
        "/register/xx-hostile",
        "/find?q=evil.example",
        "/registers",
        "/feeds/register/xx-hostile.atom",
        "/find?q=%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_scripts_in_texts_stay_text(site: Served, path: str) -> None:
    body = site.get(path, headers={"accept": "text/html"}).text
    assert "<script>document" not in body
    assert "<script>alert" not in body
    assert "<img src=x" not in body


@pytest.mark.parametrize("path", ["/", "/api/v1/registers", "/nothing", "/static/site.css"])
def test_every_reply_keeps_a_browser_to_itself(site: Served, path: str) -> None:
    found = site.get(path).headers
    assert "default-src 'none'" in found["content-security-policy"]
    assert "unsafe" not in found["content-security-policy"]
    assert found["x-content-type-options"] == "nosniff"
    assert "server" not in found


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "", "127.0.0.1@evil.example", "evil.example:80"],
)
def test_a_foreign_name_is_refused_and_never_kept(site: Served, host: str) -> None:
    """So no link and no kept reply can be made to point elsewhere."""
    assert site.get("/api/v1/services?limit=1", headers={"host": host}).status_code == 400
    following = site.get("/api/v1/services?limit=1").json()["metadata"]["next_url"]
    assert following.startswith(site.url)


@pytest.mark.parametrize("port", ["abc", "99999", "-1", "0x1f", "1e3", "", "١"])
def test_an_odd_port_is_refused_in_words(site: Served, port: str) -> None:
    """Or passed over; never a fault of the site."""
    name = f"127.0.0.1:{port}".encode()
    assert site.get("/api/v1/services?limit=1", headers={b"host": name}).status_code in {200, 400}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/..%2fsettings.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/static/....//app.py",
        "//etc/passwd",
        "/api/v1/registers/..%2f..%2fetc%2fpasswd",
        "/entry/..%2f..%2f/1",
        "/static/site.css%00.js",
        "/data/../state/tokens.json",
        "/data/ru-demo/../index.json",
        "/data/ru-demo/%2e%2e/index.json",
        "/data/..%2f/x/listings.csv",
        "/data/.undone/x/listings.csv",
        "/data/ru-demo/x/..%2fkey.csv",
        "/data/ru-demo/20200101000000-000000/listings.csv",
    ],
)
def test_no_path_leads_out(site: Served, path: str) -> None:
    raw = site.exchange(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    assert raw.split()[1] in {b"400", b"404"}
    assert b"import " not in raw
    assert b"root:" not in raw


def test_too_much_is_refused(site: Served) -> None:
    """Declared or not, a body beyond a mebibyte; a line beyond sixteen kibibytes."""
    big = b"a.example\n" * 200_000
    assert ask("POST", f"{site.url}/api/v1/check", content=big).status_code == 413

    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield big[:65536]

    assert ask("POST", f"{site.url}/api/v1/check", content=parts()).status_code == 413
    assert site.get("/find?q=" + "a" * 20_000).status_code == 414
    assert site.exchange(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_500_000 + b"\r\n\r\n"
    ).split()[1:2] in ([b"400"], [b"431"], [])


def test_one_who_dawdles_is_cut_off(site: Served) -> None:
    """A head that does not come to its end, and a body that does not go on; others are answered
    meanwhile."""
    began = time.monotonic()
    with (
        socket.create_connection(("127.0.0.1", site.port), timeout=30) as head,
        socket.create_connection(("127.0.0.1", site.port), timeout=30) as body,
    ):
        head.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        body.sendall(
            b"POST /api/v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nwechat"
        )
        assert site.get("/healthz").text == "ok"
        assert head.recv(100) == b""
        assert b"408" in body.recv(1000)
    assert time.monotonic() - began < 25


def test_many_bodies_sent_at_leisure_are_not_all_held(site: Served) -> None:
    """Of 45 clients that each send a megabyte but its last byte some are told that it is too much;
    who sends little is answered, and so is everybody once they have gone."""
    head = b"POST /api/v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    refused = 0
    with ExitStack() as stack:
        for _ in range(45):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", site.port), 30))
            one.sendall(head + b"a" * 999_999)
            one.settimeout(0.05)
            with suppress(TimeoutError):
                refused += b" 503 " in one.recv(1000)
        assert ask("POST", f"{site.url}/api/v1/check", content=b"a.example").status_code != 503
        assert refused
    assert ask("POST", f"{site.url}/api/v1/check", content=b"a" * 900_000).status_code != 503


@pytest.mark.parametrize(
    "head",
    [
        b"Host: localhost\r\nHost: evil.example",
        b"Host: localhost\r\nContent-Length: 5\r\nContent-Length: 6",
        b"Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
        b"Host: localhost\r\nContent-Length: -1",
        b"X: y",
    ],
)
def test_headers_that_mean_two_things_are_refused(site: Served, head: bytes) -> None:
    raw = site.exchange(
        b"POST /api/v1/check HTTP/1.1\r\n" + head + b"\r\nConnection: close\r\n\r\nhello", wait=15
    )
    assert raw == b"" or raw.split()[1] in {b"400", b"408", b"413"}


def test_no_header_is_made_of_what_is_asked(site: Served) -> None:
    found = site.get("/api/v1/services?limit=1&x=%0d%0aSet-Cookie:%20a=b")
    assert "set-cookie" not in found.headers
    assert "\r" not in found.headers.get("link", "")


@pytest.mark.parametrize("change", ["body", "signature", "cut", "unsigned", "foreign", "random"])
def test_a_cursor_cannot_be_made_up(site: Served, change: str) -> None:
    """A cursor that was altered, cut, made up or given for another question begins no page."""
    url = site.get("/api/v1/services?limit=1").json()["metadata"]["next_url"]
    mark = url.rpartition("cursor=")[2]
    body, _, signature = mark.rpartition(".")
    made = {
        "body": f"{_other(body)}.{signature}",
        "signature": f"{body}.{_other(signature)}",
        "cut": mark[:-3],
        "unsigned": body,
        "foreign": mark,
        "random": base64.urlsafe_b64encode(os.urandom(40)).decode().rstrip("="),
    }[change]
    path = "claims" if change == "foreign" else "services"
    assert site.get(f"/api/v1/{path}?limit=1&cursor={made}").status_code == 400


def _other(text: str) -> str:
    """The same length with another first character."""
    return ("B" if text[0] == "A" else "A") + text[1:]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "POST"])
def test_reads_are_only_read(site: Served, method: str) -> None:
    assert ask(method, f"{site.url}/api/v1/registers").status_code in {
        404,
        405,
    }


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/check?selector=wechat.com", "/api/v1/cases.csv", "/healthz", "/nothing"]
)
def test_a_head_is_what_a_get_begins_with(site: Served, path: str) -> None:
    """The same status and headers, and no body."""
    head = site.exchange(
        f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    get = site.exchange(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    lines = [
        [one for one in raw.partition(b"\r\n\r\n")[0].split(b"\r\n") if not one.startswith(b"date")]
        for raw in (head, get)
    ]
    assert lines[0] == lines[1]
    assert head.partition(b"\r\n\r\n")[2] == b""


def test_secrets_are_their_owners_alone(site: Served, tmp_path: Path) -> None:
    from gatewatch.site.secrets import secret

    assert secret(tmp_path, "a.key") == secret(tmp_path, "a.key") != secret(tmp_path, "b.key")
    assert (tmp_path / "a.key").stat().st_mode & 0o077 == 0


def test_listed_addresses_are_never_links(site: Served) -> None:
    for path in (
        "/entry/xx-hostile/1",
        "/find?q=evil.example",
        "/changes?day=2026-02-01",
        "/reconcile?jurisdiction=UA",
    ):
        body = site.get(path, headers={"accept": "text/html"}).text
        assert 'href="http://evil' not in body
        assert "evil[.]example" in body or "more[.]example" in body


def test_many_selectors_cost_what_they_take(demo_filled: str, tmp_path: Path) -> None:
    """Ten thousand alike are answered once; one that is as long as a body is none; and what a
    processor works on all of them is taken off what the client may ask."""
    with serve(demo_filled, "--rate", "600", state=tmp_path) as site:

        def sent(lines: list[str]) -> list[dict[str, object]]:
            done = ask("POST", f"{site.url}/api/v1/check", content="\n".join(lines).encode())
            assert done.status_code == 200
            return [json.loads(line) for line in done.text.splitlines()]

        def left() -> int:
            return int(site.get("/api/v1/services?limit=1").headers["ratelimit-remaining"])

        long, good = "a." * 200_000, "0.0.0.0/0"
        found = sent([good, long, "?", good])
        assert [one.get("line") for one in found] == [None, 2, 3, None]
        assert "at most" in str(found[1]["error"])
        assert len(str(found[1]["asked"])) < 200
        assert found[0] == found[3]
        before = left()
        assert len({json.dumps(one) for one in sent([good] * 10_000)}) == 1
        alike = before - left()
        before = left()
        assert len(sent([f"10.{n // 256}.{n % 256}.0/24" for n in range(10_000)])) == 10_000
        assert before - left() > max(10, 2 * alike)
