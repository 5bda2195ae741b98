"""A real S3 server on loopback, for tests of object stores."""

import atexit
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.request import Request, urlopen


@contextmanager
def object_store(bucket: str) -> Iterator[str]:
    """Where it answers, with one bucket made and nothing else in it, until the block ends. It takes
    seconds to start: one serves all tests of a worker, one after the other."""
    at = _kept()
    for method, path in (("POST", "moto-api/reset"), ("PUT", bucket)):
        urlopen(Request(f"{at}/{path}", method=method), timeout=30).close()
    yield at


@cache
def _kept() -> str:
    """The server of this worker, from when it is first asked for until the worker ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(server.wait)
    atexit.register(server.terminate)
    at = f"http://127.0.0.1:{port}"
    for _ in range(400):
        with suppress(OSError):
            urlopen(f"{at}/moto-api/", timeout=5).close()
            return at
        time.sleep(0.1)
    raise TimeoutError(f"no object store at {at}")


def reached(at: str, home: Path) -> dict[str, str]:
    """The environment of a machine that reaches it, with a home of its own for logs and keys."""
    return {
        "AWS_ENDPOINT_URL": at,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
        "XDG_DATA_HOME": str(home),
    }
