"""What an operator copies: units, container, compose file, proxy."""

import configparser
import re
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.needed import program

from gatewatch.cli.app import build

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def understood(words: list[str]) -> dict[str, Any]:
    """What the command line makes of a command's words; raises where it does not know one."""
    group: Any = typer.main.get_command(build(words[0]))
    found = group if not hasattr(group, "commands") else group.commands[words[0]]
    return dict(found.make_context(words[0], words[1:]).params)


def unit(name: str) -> configparser.ConfigParser:
    """A unit of systemd; options that stand twice are kept as their last."""
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(DEPLOY / name)
    return read


@pytest.mark.parametrize("name", ["gatewatch.service", "gatewatch-watch.service"])
def test_units_start_commands_that_there_are(name: str) -> None:
    """Each option of a unit is one of the command's."""
    program, *words = shlex.split(unit(name)["Service"]["ExecStart"])
    assert program.endswith("/bin/gatewatch")
    assert understood(words)["ledger"] == "/var/lib/gatewatch/ledger"


@pytest.mark.parametrize("name", ["gatewatch.service", "gatewatch-watch.service"])
def test_units_run_without_root_and_write_in_their_own_folder(name: str) -> None:
    """No capabilities, no root, a read-only system, one state folder that both share."""
    service = unit(name)["Service"]
    assert (service["DynamicUser"], service["User"]) == ("yes", "gatewatch")
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")
    assert not service["CapabilityBoundingSet"]
    assert service["StateDirectory"] == "gatewatch"


def test_the_compose_file_starts_commands_that_there_are() -> None:
    """Site and watcher are read-only and without capabilities; the site says who asks behind its
    proxy."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    site, watch = (understood(services[name]["command"]) for name in ("site", "watch"))
    assert site["behind_proxy"]
    assert site["state"] == watch["state"]
    for name in ("site", "watch"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert "ports" not in services[name]


def test_the_container_is_made_of_what_is_there() -> None:
    """Files that it copies or installs from exist, its user is not root, its command is known."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for file in re.findall(r"-r (\S+)", text):
        assert (ROOT / file).is_file(), file
    assert re.search(r"^USER gatewatch$", text, re.MULTILINE)
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert understood(yaml.safe_load(command))["host"] == "0.0.0.0"


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gatewatch.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    """The file that lies there, tested by nginx itself, with the site on this machine."""
    _certificate(tmp_path)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/nginx/tls", str(tmp_path)).replace(
        "http://site:", "http://127.0.0.1:"
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log;\nevents {{}}\nhttp {{ {text} }}\n"
    )
    found = subprocess.run(
        [program("nginx"), "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
