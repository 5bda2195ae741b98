"""A real server over a real ledger, in a process of its own."""

import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.warm import kept

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Sites are asked without TLS. Given none, httpx makes one of all authorities for each request,
which takes 24 ms of 25."""


def ask(method: str, url: str, **more: Any) -> httpx.Response:
    """One request on a connection of its own, not followed."""
    return httpx.request(method, url, verify=_NO_TLS, **{"timeout": 60, **more})


class Served:
    """Where a site answers, and the process that is it."""

    def __init__(self, url: str, process: subprocess.Popen[bytes], ledger: str) -> None:
        self.url, self.process, self.ledger = url, process, ledger
        self.port = int(url.rpartition(":")[2])

    def get(self, path: str, **more: Any) -> httpx.Response:
        """One request, not followed."""
        return ask("GET", self.url + path, **more)

    def exchange(self, raw: bytes, wait: float = 20.0) -> bytes:
        """Bytes as they are, and all that comes back until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as peer:
            found = b""
            try:
                peer.sendall(raw)
                while part := peer.recv(65536):
                    found += part
                    if b"\r\n\r\n" in found and b"close" not in found.lower():
                        peer.settimeout(0.5)
            except (TimeoutError, ConnectionError):
                pass
            return found


@contextmanager
def serve(
    ledger: str,
    *words: str,
    state: Path | None = None,
    own_start: bool = False,
    keeps_data: bool = False,
) -> Iterator[Served]:
    """A site on a free port, until the block ends: forked from a process that has loaded it, or
    with a start of its own, as sites of several workers have. Unless words say where data sets are
    or the site `keeps_data`, it has none, which spares an export of the whole ledger."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if own_start or "--workers" in words:
        program = [sys.executable, "-m", "gatewatch"]
    else:
        program = kept().running()
    command = [*program, "serve", "--ledger", ledger, "--port", str(port), *words]
    command += ["--state", str(state)] if state else []
    command += [] if keeps_data or "--exports" in words else ["--exports", "-"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process)
        yield Served(url, process, ledger)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            if ask("GET", f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the server did not become ready")
