"""Broken facts: each kind of fault gets a line that names file, line and what to do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.commands import invoked

from gatewatch.catalogue import facts

CLAIM = """[[claim]]
id = "own-1"
service = "wechat"
jurisdiction = "RU"
action = "blocked"
date = "2017-05-04"
says = "told"
source = { publisher = "P", url = "https://p.example/", published = 2017-05-05 }
"""
SERVICE = """[[service]]
id = "own"
name = "Own"
kind = "social"
category = "GRP"
domains = ["own.example"]
sources = ["own.example"]
"""
RULE = """[[instrument]]
id = "own-rule"
jurisdiction = "RU"
name = "Own"
adopted = "2014-05-05"
in_force = "2014-08-01"
obligation = "asks"
sources = ["own.example"]
"""

BROKEN = {
    "not TOML": (CLAIM + "date = = 1\n", 9, "not TOML"),
    "unknown kind of table": (CLAIM.replace("[[claim]]", "[[clam]]"), 1, "no kind of fact"),
    "one bracket instead of two": (CLAIM.replace("[[claim]]", "[claim]"), 1, "two brackets"),
    "a list written by hand": ('claim = ["x"]\n', 1, "two brackets"),
    "misspelt key": (CLAIM.replace("says", "sais"), 7, "did you mean says?"),
    "missing key": (
        CLAIM.replace('service = "wechat"\n', ""),
        1,
        "missing required field `service`",
    ),
    "wrong type": (CLAIM.replace('"2017-05-04"', "2017"), 6, "Expected `str`"),
    "unknown action": (CLAIM.replace('"blocked"', '"banned"'), 5, "write one of announced"),
    "unknown scope": (CLAIM + 'scope = "half"\n', 9, "write one of apps"),
    "no such day": (CLAIM.replace("2017-05-04", "2017-02-30"), 6, "is not a day"),
    "interval that runs backwards": (
        CLAIM.replace("2017-05-04", "2017-05-04/2017-05-01"),
        6,
        "is not a day",
    ),
    "no citation": (CLAIM.replace("source", "#"), 1, "a claim needs a citation"),
    "citation without publisher": (
        CLAIM.replace('publisher = "P"', 'publisher = ""'),
        8,
        "names its publisher",
    ),
    "citation without url and title": (
        CLAIM.replace('url = "https://p.example/", ', ""),
        8,
        "a url or a title",
    ),
    "url that is none": (
        CLAIM.replace("https://", "javascript:"),
        8,
        "does not begin with https://",
    ),
    "id taken twice": (CLAIM + CLAIM, 10, "taken already"),
    "id of ours": (CLAIM.replace("own-1", "wechat-ru-01"), 2, "taken already"),
    "id with odd letters": (CLAIM.replace("own-1", "Own 1"), 2, "lower-case letters"),
    "unknown service": (CLAIM.replace("wechat", "wechatt"), 3, "did you mean 'wechat'?"),
    "unknown rule": (CLAIM + 'rule = "ru-242f"\n', 9, "did you mean 'ru-242fz'?"),
    "rule of another country": (CLAIM + 'rule = "cn-csl"\n', 9, "is one of CN"),
    "unknown reason": (CLAIM + 'reasons = ["why"]\n', 9, "there is no reason 'why'"),
    "unknown list": (CLAIM + 'register = "ru-black"\n', 9, "there is no list"),
    "dispute with nobody": (CLAIM + 'disputes = ["nobody"]\n', 9, "there is no claim 'nobody'"),
    "no such jurisdiction": (CLAIM.replace('"RU"', '"XX"'), 4, "ISO 3166-1"),
    "counted nobody": (CLAIM + "seen = 0\n", 9, "1 or more"),
    "says nothing": (CLAIM.replace('"told"', '" "'), 7, "in your own words"),
    "tells of the far future": (
        CLAIM.replace("2017-05-04", "2018-05-04"),
        6,
        "long after its source",
    ),
    "domain that is none": (SERVICE.replace('own.example"]\ns', 'own example"]\ns'), 6, "domains"),
    "host of another service": (
        SERVICE.replace('"own.example"]\ns', '"wechat.com"]\ns'),
        6,
        "is declared by",
    ),
    "endpoint without a port": (
        SERVICE + 'endpoints = [{ host = "own.example", ports = [0] }]\n',
        8,
        "needs ports",
    ),
    "endpoint that is no address": (
        SERVICE + 'endpoints = [{ host = "999.1.1.1" }]\n',
        8,
        "endpoints",
    ),
    "name borne on no day": (
        SERVICE + 'namings = [{ name = "Once", until = "2023-02-30" }]\n',
        8,
        "is not a day",
    ),
    "unknown kind of service": (SERVICE.replace('"social"', '"sozial"'), 4, "write one of"),
    "unknown category": (SERVICE.replace("GRP", "GROUP"), 5, "Citizen Lab"),
    "service known from nowhere": (
        SERVICE.replace('["own.example"]\n', "[]\n", 2),
        7,
        "sources is empty",
    ),
    "name of another service": (SERVICE.replace('"Own"', '"微信"'), 1, "is called"),
    "in force before adopted": (
        RULE.replace("2014-08-01", "2013-08-01"),
        6,
        "before it was adopted",
    ),
    "rule without a day that is one": (RULE.replace("2014-08-01", "August"), 6, "is not a day"),
    "brought by nobody": (RULE + 'brought_by = "ru-0fz"\n', 9, "brought_by"),
    "reason under nothing": ('[[reason]]\nid = "r"\nname = "R"\nunder = "x"\n', 4, "under"),
    "role that is none": (
        '[[authority]]\nid = "a"\njurisdiction = "RU"\nname = "A"\nrole = "king"\n',
        5,
        "role",
    ),
}


def _faults(folder: Path, text: str | bytes) -> list[tuple[str, int, str]]:
    file = folder / "own.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    _, faults = facts.read([*facts.folders(), folder])
    return [(Path(f.file).name, f.line, f.text) for f in faults]


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_is_named_with_its_line(fault: str, tmp_path: Path) -> None:
    text, line, words = BROKEN[fault]
    found = _faults(tmp_path, text)
    assert [(f, n) for f, n, told in found if words in told] == [("own.toml", line)], found


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    ((name, line, told),) = _faults(tmp_path, b"\xff\xfe\x00")
    assert (name, line) == ("own.toml", 1)
    assert "cannot be read" in told


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_make_the_loader_raise(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """Law 5."""
    folder = tmp_path_factory.mktemp("own")
    file = folder / "own.toml"
    file.write_bytes(data)
    facts.read([folder])


@pytest.mark.parametrize("text", [CLAIM, SERVICE, RULE])
def test_what_is_right_has_no_fault(text: str, tmp_path: Path) -> None:
    assert _faults(tmp_path, text) == []


def test_users_facts_stand_beside_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of one's own, without touching the project."""
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "own.toml").write_text(SERVICE + CLAIM.replace("wechat", "own"))
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path))
    held = facts.load()
    assert held.service("Own").id == "own"
    assert ("own", "RU") in held.cases
    assert "wechat" in held.services


def test_the_command_names_each_fault_and_fails(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(CLAIM.replace("wechat", "wechatt").replace('"RU"', '"XX"'))
    done = invoked(["catalogue", "check", str(tmp_path)])
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all("own.toml" in line for line in lines)
    assert invoked(["catalogue", "check"]).exit_code == 0
