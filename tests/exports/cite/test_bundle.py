"""Bundles: what is cited holds on another machine, whatever was changed is found, and a stranger's
file is refused in words."""

import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.commands import invoked
from tests.conftest import DEMO
from tests.exports.cite import golden
from tests.exports.cite.authority import authority

from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import GatewatchError, LedgerError, SourceError, UsageError
from gatewatch.exports.cite import archive, form, timestamps
from gatewatch.exports.cite.bundle import cite
from gatewatch.exports.cite.enclosing import _shown
from gatewatch.exports.cite.questions import Cited, question
from gatewatch.exports.cite.rebuilding import rebuilt
from gatewatch.exports.cite.verifying import verify
from gatewatch.ledger import notes
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.slices import LoggedRow
from gatewatch.ledger.store import Store
from gatewatch.model import selector as selectors
from gatewatch.model.register import Redaction
from gatewatch.query import ledger as reading

PROGRAM = "gatewatch test"
SIGNER = notes.Signer("example.org/log", bytes(range(32)))
FLIPS = 140
"""With those of tests/ledger/test_audit.py 200."""
ON = ("2017-05-08", "2026-11-01", None)


@pytest.fixture(scope="module")
def ledger(demo_filled: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger with all five lanes and its log."""
    location = tmp_path_factory.mktemp("cited") / "ledger"
    shutil.copytree(demo_filled, location)
    assert Journal(Store(str(location))).signer()
    return str(location)


@pytest.fixture(scope="module")
def bundle(ledger: str) -> bytes:
    """A history, cited: the smallest that has everything but measurements."""
    opened = reading.open(ledger)
    return cite(
        opened, question(opened, Cited.HISTORY, "wechat.com", "RU", times=ON), program=PROGRAM
    )


def faults(data: bytes, program: str | None = None, key: notes.Verifier | None = None) -> list[str]:
    """What a look at a bundle finds wrong, with what it is refused for."""
    try:
        found = verify(data, program=program, key=key)
    except SourceError as refused:
        return [str(refused)]
    return [one.what for one in found if one.level == "fault"]


def packed_again(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A bundle whose files were changed, packed by somebody."""
    files = archive.unpacked(data)
    change(files)
    return archive.packed(files, None)


@pytest.mark.parametrize(
    ("kind", "subject", "code"),
    [
        (Cited.CHECK, "wechat.com", None),
        (Cited.CASE, "line", "RU"),
        (Cited.RECONCILE, "wechat", "RU"),
    ],
)
def test_each_question_holds_without_its_ledger(
    ledger: str, kind: Cited, subject: str, code: str | None
) -> None:
    """Signed, in the log, and answered alike from what is enclosed alone."""
    opened = reading.open(ledger)
    data = cite(opened, question(opened, kind, subject, code, times=ON), program=PROGRAM)
    found = verify(data, program=PROGRAM)
    assert [one for one in found if one.level == "fault"] == []
    told = "; ".join(one.what for one in found if one.level == "ok")
    for said in ("signed by", "to the last bit", "are in the log", "gives the same answer"):
        assert said in told, said
    manifest = json.loads(archive.unpacked(data)[form.MANIFEST])
    assert manifest["differs"] == []
    assert manifest["question"]["valid_at"] == "2017-05-08"
    assert manifest["rules"]
    assert manifest["fingerprints"]
    assert manifest["program"] == PROGRAM


def test_where_an_extra_is_lacking_the_rest_is_looked_at(
    ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An install without numpy says what it would need to ask again."""
    opened = reading.open(ledger)
    asked = question(opened, Cited.EPISODE, "wechat", "RU", times=(None, None, None))
    data = cite(opened, asked, program=PROGRAM)
    monkeypatch.delitem(sys.modules, "gatewatch.analysis.network.everywhere")
    monkeypatch.setitem(sys.modules, "numpy", None)
    found = verify(data, program=PROGRAM)
    assert [one for one in found if one.level == "fault"] == []
    told = "; ".join(one.what for one in found)
    assert "are in the log" in told
    assert "not looked at: this needs numpy, which the extra 'network' brings" in told


def test_the_same_question_gives_the_same_bytes(ledger: str, bundle: bytes) -> None:
    """No clock and no chance is in it."""
    opened = reading.open(ledger)
    asked = question(opened, Cited.HISTORY, "wechat.com", "RU", times=ON)
    assert cite(opened, asked, program=PROGRAM) == bundle
    assert faults(bundle, program=PROGRAM) == []


def test_every_changed_bit_of_a_bundle_is_found(bundle: bytes) -> None:
    """Wherever it falls, in the packing too."""
    drawn = random.Random(19)
    for _ in range(FLIPS):
        bit = drawn.randrange(len(bundle) * 8)
        changed = bytearray(bundle)
        changed[bit // 8] ^= 1 << bit % 8
        assert faults(bytes(changed)), bit


def test_every_changed_file_of_an_unpacked_bundle_is_found(bundle: bytes) -> None:
    """Without the seal, by digests and signature: a bit in each file, a file more, one less."""
    drawn = random.Random(4)
    for name in archive.unpacked(bundle):

        def change(files: dict[str, bytes], name: str = name) -> None:
            data = bytearray(files[name])
            data[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
            files[name] = bytes(data)

        assert faults(packed_again(bundle, change)), name
        assert faults(packed_again(bundle, lambda files, name=name: files.pop(name))), name  # type: ignore[misc]
    assert faults(packed_again(bundle, lambda files: files.update({"more.txt": b"more"})))
    assert not faults(packed_again(bundle, lambda _: None))


def test_rows_that_were_never_logged_are_found_although_all_is_signed(bundle: bytes) -> None:
    """Whoever has the key and changes a record cannot make the log hold it."""

    def change(files: dict[str, bytes]) -> None:
        name = "rows/events.ndjson"
        files[name] = (
            files[name]
            .replace(b"27-31-2017", b"27-31-2016")
            .replace(b'"op":"added"', b'"op":"removed"')
        )
        manifest = json.loads(files[form.MANIFEST])
        from gatewatch.ledger.slices import digest

        manifest["files"][name] = {"bytes": len(files[name]), "sha256": digest(files[name])}
        files[form.MANIFEST] = json.dumps(manifest).encode()

    assert any(
        "rows of events are not those" in one for one in faults(packed_again(bundle, change))
    )


def test_a_pinned_key_is_held_to(ledger: str, bundle: bytes) -> None:
    """That of its operator holds, another does not."""
    (key,) = Journal(Store(ledger)).verifiers()[:1]
    assert not faults(bundle, key=key)
    assert faults(bundle, key=SIGNER.verifier)


def test_the_digests_are_checked_with_python_alone(bundle: bytes, tmp_path: Path) -> None:
    """The script in the bundle, in a process without Gatewatch."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as held:
        held.extractall(tmp_path)
    command = [sys.executable, "-I", "-S", str(tmp_path / "check_digests.py")]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert good.returncode == 0
    assert "files are as they were cited" in good.stdout
    (tmp_path / "answer.json").write_text("{}")
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "answer.json is not what was cited" in bad.stdout


def test_the_crate_describes_every_file(bundle: bytes) -> None:
    """RO-Crate 1.1: the metadata file, the root, each file with its digest."""
    files = archive.unpacked(bundle)
    crate = json.loads(files["ro-crate-metadata.json"])
    by_id = {one["@id"]: one for one in crate["@graph"]}
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    assert by_id["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    manifest = json.loads(files[form.MANIFEST])
    parts = {one["@id"] for one in by_id["./"]["hasPart"]}
    assert parts == set(manifest["files"])
    assert all(by_id[n]["sha256"] == manifest["files"][n]["sha256"] for n in parts)


def test_reports_are_counts_and_no_key_is_enclosed(ledger: str, bundle: bytes) -> None:
    """Nobody's report, and nothing that could sign."""
    files = archive.unpacked(bundle)
    assert not any("reports" in name for name in files)
    seeds = [str(one) for one in Journal(Store(ledger)).signers()]
    assert seeds
    assert not any(seed.encode() in data for seed in seeds for data in files.values())


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def _bomb() -> bytes:
    """A file that says it unpacks to two gigabytes."""
    data = bytearray(_zip({"f": b"x"}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (1 << 31).to_bytes(4, "little")
    return bytes(data)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no zip": lambda: b"PK\x03\x04" + bytes(200),
    "out of its folder": lambda: _zip({"../manifest.json": b"{}"}),
    "absolute": lambda: _zip({"/etc/passwd": b"x"}),
    "a bomb": _bomb,
    "many files": lambda: _zip({f"f{n}": b"" for n in range(archive.MOST_FILES + 1)}),
    "no manifest": lambda: _zip({"answer.json": b"{}"}),
    "another form": lambda: _zip({"manifest.json": b'{"form":99}'}),
    "wrong types": lambda: _zip({"manifest.json": b'{"form":1,"files":[]}'}),
    "deep": lambda: _zip({"manifest.json": b'{"form":1,"question":' + b"[" * 100_000}),
    "no text": lambda: _zip({"manifest.json": b"\xff\xfe\x00"}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_is_no_bundle_is_refused_in_words(what: str, tmp_path: Path) -> None:
    """With exit code 1 and one line, whatever it is."""
    (tmp_path / "x.zip").write_bytes(HOSTILE[what]())
    done = invoked(["verify", str(tmp_path / "x.zip")])
    assert done.exit_code != 0
    assert isinstance(done.exception, SourceError)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("snapshots", "[]"),
        ("snapshots", '{"register":5}'),
        ("events", '{"register":"a","entry":"b","op":"exploded","selectors":["d:x"]}'),
        ("measurements", '{"uid":"a","started_at":99999999999999999999}'),
        ("facts", "{"),
    ],
)
def test_rows_that_are_none_are_refused(table: str, text: str) -> None:
    """Rows of a stranger's bundle are typed before they are asked."""
    with pytest.raises((ValueError, TypeError, GatewatchError)), rebuilt({table: [text]}):
        pass


def test_paths_that_a_ground_withholds_stay_out() -> None:
    """The row is enclosed without them, with the hash of what was logged; a row that withholds
    nothing stays as it was logged."""
    register = catalogue.read(DEMO / "ru-demo.toml")
    strict = msgspec.structs.replace(register, redaction=Redaction(withhold_paths=True))
    address = str(selectors.parse("http://example.com/secret/page"))
    rows = [
        LoggedRow("b", json.dumps(_EVENT | {"selectors": [one], "unparsed": [text]}))
        for one, text in ((address, "see www.example.com/secret"), ("domain:example.com", ""))
    ]
    plain, withheld = _shown(rows, {"ru-demo": strict})
    assert plain == rows[1:]
    ((told, row),) = withheld
    assert told == rows[0].hash.hex()
    assert "secret" not in row.text
    assert "example.com" in row.text
    assert _shown(rows, {"ru-demo": register}) == (rows, [])


_EVENT = {"register": "ru-demo", "entry": "1", "op": "added", "version": "v", "batch": "b"}


def test_a_question_without_what_it_needs_says_so(ledger: str) -> None:
    """A case is of a jurisdiction; a service has to be known."""
    opened = reading.open(ledger)
    with pytest.raises(UsageError, match="name it, as -j RU"):
        question(opened, Cited.CASE, "wechat")
    with pytest.raises(UsageError):
        cite(opened, question(opened, Cited.CASE, "no such", "RU"), program=PROGRAM)


def test_too_much_for_a_bundle_is_said(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to ask instead."""
    from gatewatch.exports.cite import enclosing

    monkeypatch.setattr(enclosing, "MOST_MEASURED", 3)
    opened = reading.open(ledger)
    with pytest.raises(LedgerError, match="name a jurisdiction"):
        cite(opened, question(opened, Cited.EPISODE, "wechat", "RU", times=ON), program=PROGRAM)


@pytest.fixture(scope="module")
def time_authority() -> Iterator[tuple[str, bytes]]:
    """An authority of time on loopback: its address and its certificate."""
    with authority() as found:
        yield found


def test_an_authority_says_when_it_saw_a_bundle(
    ledger: str, time_authority: tuple[str, bytes], tmp_path: Path
) -> None:
    """Its word is held to its certificate, to this bundle and to no other."""
    url, certificate = time_authority
    (tmp_path / "roots.pem").write_bytes(certificate)
    opened = reading.open(ledger)
    asked = question(opened, Cited.HISTORY, "wechat.com", "RU", times=ON)
    data = cite(opened, asked, program=PROGRAM, timestamp_url=url)
    found = verify(data, program=None, roots=tmp_path / "roots.pem")
    assert any("an authority that you trust" in one.what for one in found)
    assert not [one for one in found if one.level == "fault"]
    files = archive.unpacked(data)
    at, _ = timestamps.told(files[form.TIMESTAMP], files[form.SIGNATURE], None)
    assert abs((datetime.now(UTC) - at).total_seconds()) < 3600
    with pytest.raises(SourceError, match="other bytes"):
        timestamps.told(files[form.TIMESTAMP], b"other", None)
    with pytest.raises(SourceError, match="no timestamp from"):
        timestamps.stamp(b"x", url.replace("/tsa", "/nowhere"))


def test_a_bundle_of_an_earlier_form_verifies() -> None:
    """That of form 1, kept beside this test since it was made (tests/exports/cite/golden.py)."""
    data = golden.FILE.read_bytes()
    assert len(data) < 50_000
    assert faults(data, program="gatewatch later", key=golden.SIGNER.verifier) == []


def test_the_commands_cite_and_verify(ledger: str, tmp_path: Path) -> None:
    """As their help shows it."""
    file = str(tmp_path / "case.zip")
    made = invoked(
        [
            "cite",
            "case",
            "wechat",
            "RU",
            "--valid-at",
            "2017-05-08",
            "--out",
            file,
            "--ledger",
            ledger,
        ]
    )
    assert made.exit_code == 0, made.output
    good = invoked(["verify", file, "--format", "json"])
    assert good.exit_code == 0
    assert {one["level"] for one in json.loads(good.output)} <= {
        "ok",
        "note",
    }
    data = bytearray(Path(file).read_bytes())
    data[40] ^= 1
    Path(file).write_bytes(data)
    assert invoked(["verify", file]).exit_code == 1
