"""Text of strangers meets no expression that takes longer than its length warrants."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "gatewatch"
METHODS = {
    *("compile", "match", "fullmatch", "search", "split", "findall", "finditer", "sub", "subn")
}
OWN = {
    "analysis/network/fingerprints.py": "the project's fingerprints, where Hyperscan is not there",
    "catalogue/finder.py": "the project's vocabulary",
    "catalogue/vocabulary.py": "the project's vocabulary",
    "exports/twin/crawling.py": "patterns of the site's own routes",
    "exports/twin/rewriting.py": "the address that a copy is asked under, escaped",
    "site/speech.py": "two letters of its own",
    "sources/articles/dates.py": "the project's wordings of days",
    "sources/articles/resolving.py": "names of months and weekdays of the project",
    "sources/articles/furniture.py": "the project's wordings of disclaimers",
    "sources/articles/names.py": "names of the catalogue, escaped",
    "sources/measurements/ooni.py": "addresses, escaped",
    "sources/registers/cells.py": "signs of its own",
    "sources/registers/values.py": "words of its own for *and*",
    "sources/registers/dates.py": "words of its own for days that have not come",
    "sources/registers/networks.py": "words of its own between two addresses",
    "sources/registers/labels.py": "words of its own that stand beside hosts",
}
"""Where an expression is put together, and of what: never of what a stranger wrote. Expressions of
declarations go through RE2 (model/expression.py)."""

# One process with a bound of CPU for all: a door that hangs on any text ends it.
DOORS = """
import itertools, json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from gatewatch.analysis.network import content
from gatewatch.catalogue import facts
from gatewatch.model import redaction, selector
from gatewatch.probe import failing, helping, inputs, web_summary
from gatewatch.probe.control import Helper
from gatewatch.probe.resolution import Resolver
from gatewatch.probe.target import Target
from gatewatch.probe.trace import HttpExchange
from gatewatch.sources.claims import cells as claims
from gatewatch.sources.measurements import ooni, yaml_reports
from gatewatch.sources.registers import cells, dates, encodings

known = facts.load()
DOORS = {
    "selector": selector.parse,
    "redaction": redaction.clean,
    "defanged": redaction.defanged,
    "cell of domains": lambda text: cells.read(text, "domain"),
    "cell of addresses": lambda text: cells.read(text, "ip"),
    "cell of pages": lambda text: cells.read(text, "url"),
    "no date": dates.says_nothing,
    "months": dates.months,
    "encoding": lambda text: encodings.detect("x", text.encode(), ("utf-8", "windows-1251")),
    "day of a claim": claims.day_of,
    "places": claims.codes_of,
    "services": lambda text: claims.services_of(text, known),
    "target of a probe": lambda text: Target.parse("http://" + text + "!/"),
    "path of a probe": lambda text: Target.parse("http://a.example/" + text),
    "list of a probe": inputs.url_of,
    "helper": Helper.parse,
    "resolver": Resolver.parse,
    "endpoint": helping.endpoint,
    "page at a helper": lambda text: helping._told(
        HttpExchange(url="", status=200, body=text.encode()), None, ""),
    "page in a summary": lambda text: web_summary._TITLE.search(text),
    "page that is observed": lambda text: content.title_element(text.encode()),
    "failures in a line": lambda text: failing.own_failure(text.encode()),
    "address of a probe": lambda text: ooni.scrub(b'{"a":"1.2.3.4"}', text),
    "line of a probe": lambda text: ooni.scrub(text.encode(), "1.2.3.4"),
    "name of a measurement": ooni.collected_at,
    "query of a YAML report": lambda text: [
        one.search(text) for one in (
            yaml_reports._QUERY, yaml_reports._TYPE, yaml_reports._ADDRESS, yaml_reports._NAMED)],
}
PUMPS = ["a", ".a", "1.", "-", "/", "://", "https://a.", "%41", " ", " ,", "[", "]", "(", "{", "*.",
    "|", "||", "\\\\", "\\t", "\\n", "\\u0451", "\\u0441\\u043a", "\\u4e2d", ":", "0", "0-", "0 ", ";", "@",
    "a@", "&", "=", "?", "#", '"', "'", "<", "<a", "&nbsp;", " dot", "a and ", "[.]", "2017-05-", "\\u2116",
    "<a href=x>", "%20", "[1]", "(1)", "\\u2020", "\\xb9", "~~a~~", "&#46;", "e.g: ", "<title ", "<title>", "<title a>", "</title", '"failure":"', "Query(", "1.2.3.4", "A",
    "\\u0432 ", "\\u200b", "xn--", "a" * 64 + "."]
asked = json.loads(sys.stdin.readline())
for name, pump in itertools.product(DOORS, PUMPS):
    for size in asked:
        print(name, repr(pump), size, file=sys.stderr)
        try:
            DOORS[name]((pump * (size // len(pump) + 1))[:size] + "!")  # which none ends with
        except Exception as fault:
            if type(fault).__module__ != "gatewatch.errors" and not isinstance(fault, ValueError):
                raise
print("done")
"""


def test_no_text_of_a_stranger_becomes_an_expression() -> None:
    """Each expression that `re` compiles is written in the source, or put together of what the
    project or its catalogue says, in a file that is named here."""
    built = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _asks(node.func):
                first = node.args[0]
                if not isinstance(first, ast.Constant):
                    built.add(file.relative_to(SOURCE).as_posix())
    assert built == set(OWN), "expressions of declarations go through model/expression.py"


def test_no_pattern_of_a_field_ends_before_a_line() -> None:
    """In Python `$` stands before a last newline too: "ru" and a newline were a language."""
    wrong = []
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "pattern":
                held = node.value
                if not isinstance(held, ast.Constant) or not isinstance(held.value, str):
                    continue
                if "$" in held.value.replace(r"$(?!\n)", ""):
                    wrong.append(f"{file.relative_to(SOURCE)}: {held.value}")
    assert not wrong, r"end it with \Z, or in the schema of an interface with $(?!\n)"


def _asks(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in METHODS
    )


@pytest.mark.parametrize("sizes", [[100_000]])
def test_every_door_stays_linear_however_long_the_text(sizes: list[int]) -> None:
    """A hundred thousand characters of anything, at every door: all of them together within a
    minute of CPU, where one expression that is quadratic takes longer for one text."""
    done = subprocess.run(
        [sys.executable, "-c", DOORS],
        input=json.dumps(sizes),
        capture_output=True,
        text=True,
        check=False,
    )
    last = (done.stderr.splitlines() or ["nothing"])[-1]
    assert done.stdout == "done\n", f"it ended at: {last}"
