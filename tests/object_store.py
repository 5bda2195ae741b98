"""A real S3 server on loopback, for tests of object stores."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen


@contextmanager
def object_store(bucket: str) -> Iterator[str]:
    """Where it answers, with one bucket made, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        at = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                urlopen(Request(f"{at}/{bucket}", method="PUT"), timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield at
    finally:
        server.terminate()
        server.wait()


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
