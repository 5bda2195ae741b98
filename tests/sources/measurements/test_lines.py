"""Files of measurements in every form that OONI has published them in."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
from pathlib import Path
from typing import Any

import lz4.frame
import pytest
from tests import situations as made

from gatewatch.analysis.network.tools import judge
from gatewatch.sources.containers import zst
from gatewatch.sources.measurements.lines import Line, LineFault, inputs
from gatewatch.sources.measurements.ooni import decode

OLD = """---
options: [-f, list]
probe_asn: AS64500
probe_cc: XX
probe_city: !!python/unicode 'Town'
probe_ip: 127.0.0.1
software_name: ooniprobe
software_version: 1.2.2
start_time: 1427756963.0
test_name: HTTP Requests Test
test_version: 0.2.4
...
---
input: http://news.example.com/
headers: &id001 [[Server, [nginx]]]
requests:
- request: {method: GET, tor: true, url: 'http://news.example.com/'}
  response: {body: '<title>News</title>', code: 200, headers: *id001}
- request: {method: GET, tor: false, url: 'http://news.example.com/'}
  response: {body: '<title>News</title>', code: 200, headers: *id001}
...
---
input: http://other.example.com/
requests: []
...
"""
DNS = """---
probe_asn: AS64500
probe_cc: XX
start_time: 1359000000.0
test_name: DNS tamper
---
input: news.example.com
queries:
- query: '[Query(''news.example.com'', 1, 1)]'
  resolver: [192.0.2.53, 53]
  answers:
  - ['<RR name=news.example.com type=A class=IN ttl=59s>', '<A address=192.0.2.7 ttl=59s>']
- query: '[Query(''news.example.com'', 1, 1)]'
  resolver: [192.0.2.54, 53]
  answers: []
"""


def read(source: Path) -> list[Line | LineFault]:
    return [found for one in inputs(str(source)) for found in one.lines()]


def packed(**files: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json.lz4", lz4.frame.compress(made.clear() + b"\n" + made.secure())),
        ("a.tar.lz4", lz4.frame.compress(packed(a__json=made.clear(), b__json=made.secure()))),
    ],
)
def test_the_canned_years_are_read(tmp_path: Path, name: str, data: bytes) -> None:
    """What OONI published before October 2020 is packed with LZ4."""
    (tmp_path / name).write_bytes(data)
    found = read(tmp_path)
    assert [judge(decode(one.data)).state for one in found if isinstance(one, Line)] == ["ok"] * 2


@pytest.mark.parametrize("name", ["old.yaml", "old.yaml.lz4", "old.tar"])
def test_reports_of_before_2016_are_read(tmp_path: Path, name: str) -> None:
    """A header and its entries become measurements, with the request through Tor as the control."""
    data = OLD.encode()
    if name.endswith(".lz4"):
        data = lz4.frame.compress(data)
    if name.endswith(".tar"):
        data = packed(old__yaml=data)
    (tmp_path / name).write_bytes(data)
    first, second = [decode(one.data) for one in read(tmp_path) if isinstance(one, Line)]
    assert (first.test_name, first.probe_cc, first.probe_asn) == ("http_requests", "XX", 64500)
    assert first.started_at == "2015-03-30 23:09:23"
    assert (first.problems, second.input) == ((), "http://other.example.com/")
    assert judge(first).state == "ok"


def test_questions_that_twisted_printed_are_understood(tmp_path: Path) -> None:
    """Names, resolvers and addresses come out of the texts of 2013."""
    (tmp_path / "dns.yaml").write_text(DNS)
    (found,) = [decode(one.data) for one in read(tmp_path) if isinstance(one, Line)]
    one, other = found.steps.queries or []
    assert found.test_name == "dns_consistency"
    assert [a.ipv4 for a in one.answers or []] == ["192.0.2.7"]
    assert (one.hostname, one.resolver_hostname) == ("news.example.com", "192.0.2.53")
    assert other.failure == "no_answer"


def test_what_is_passed_over_in_a_folder_is_named(tmp_path: Path) -> None:
    """A file that was not read says so, and the rest is read."""
    (tmp_path / "a.jsonl").write_bytes(made.clear())
    (tmp_path / "readme.txt").write_text("x")
    (tmp_path / "scan.pcap").write_bytes(b"\0")
    found = read(tmp_path)
    faults = [one for one in found if isinstance(one, LineFault)]
    assert sum(isinstance(one, Line) for one in found) == 1
    assert [Path(one.where).name for one in faults] == ["readme.txt", "scan.pcap"]
    assert all("passed over" in one.reason for one in faults)


@pytest.mark.parametrize(
    "data",
    [
        b"--- \n&a [x, *a]\n",
        b"---\na: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % ((98 + n,) * 2 + (97 + n,) * 9)
            for n in range(9)
        ),
        b"---\n{ unclosed: [\n",
        b"---\n!!python/object/apply:os.system ['true']\n---\ninput: x\n",
        b"---\n" + b"[" * 5000,
        b"\xff\xfe---\n",
    ],
)
def test_no_yaml_does_harm(tmp_path: Path, data: bytes) -> None:
    """Aliases that stand for billions, code and junk come back as faults or as nothing."""
    (tmp_path / "x.yaml").write_bytes(data)
    for found in read(tmp_path):
        assert isinstance(found, LineFault) or json.loads(found.data)


def test_a_damaged_lz4_file_is_named(tmp_path: Path) -> None:
    """Damage costs the file and no other."""
    (tmp_path / "a.jsonl").write_bytes(made.clear())
    (tmp_path / "b.json.lz4").write_bytes(lz4.frame.compress(made.clear())[:-30])
    found: list[Any] = read(tmp_path)
    assert [type(one) for one in found].count(Line) >= 1
    assert any(isinstance(one, LineFault) and one.where.endswith("b.json.lz4") for one in found)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".lz4"])
@pytest.mark.parametrize("kind", ["cut", "changed"])
def test_a_pack_that_is_damaged_in_its_middle_is_named(
    tmp_path: Path, ending: str, kind: str
) -> None:
    """Whatever it is packed by, damage is told by name and raised by none of the libraries: a
    change in the middle of a gzip stream ended the ingest."""
    plain = b"\n".join(made.clear(f"h{n}.example") for n in range(40))
    pack = {
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
        ".xz": lzma.compress,
        ".zst": zst.zstd.compress,
        ".lz4": lz4.frame.compress,
    }[ending]
    data = bytearray(pack(plain))
    middle = len(data) // 2
    if kind == "cut":
        del data[middle:]
    else:
        data[middle : middle + 16] = b"\xff" * 16
    (tmp_path / f"lines.jsonl{ending}").write_bytes(data)
    found = [one for file in inputs(str(tmp_path)) for one in file.lines()]
    assert any(isinstance(one, LineFault) and one.reason for one in found)
