"""A small authority of time (RFC 3161) on loopback, of openssl's making."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.needed import program

_CONFIGURATION = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


@contextmanager
def authority() -> Iterator[tuple[str, bytes]]:
    """Its address, and its certificate in PEM."""
    openssl = program("openssl")
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "serial").write_text("01\n")
        (place / "ts.cnf").write_text(_CONFIGURATION.format(folder=folder))
        certificate = _certificate(openssl, place)

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                (place / "asked").write_bytes(asked)
                if self.path != "/tsa":
                    self.send_error(404)
                    return
                command = [openssl, "ts", "-reply", "-queryfile", "asked", "-config", "ts.cnf"]
                command += ["-section", "one", "-inkey", "key.pem", "-signer", "cert.pem"]
                reply = subprocess.run(
                    [*command, "-out", "reply"], cwd=place, capture_output=True, check=False
                )
                assert reply.returncode == 0, reply.stderr
                self.send_response(200)
                self.end_headers()
                self.wfile.write((place / "reply").read_bytes())

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/tsa", certificate
            finally:
                server.shutdown()


def _certificate(openssl: str, place: Path) -> bytes:
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
    command += ["-subj", "/CN=made for tests", "-keyout", "key.pem", "-out", "cert.pem"]
    command += ["-addext", "extendedKeyUsage=critical,timeStamping"]
    subprocess.run(command, cwd=place, capture_output=True, check=True)
    return (place / "cert.pem").read_bytes()
