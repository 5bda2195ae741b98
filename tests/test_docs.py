"""The pages of docs say what happens: their examples are run, their links are followed.

A `console` block holds commands after `$ ` (going on after `> `) and what they print. A block after
`<!-- file: NAME -->` is written to that file first. A `python` block is run with those before it on
the page, and the comment after each `print(...)` is what it prints. All blocks of a page run in
order in one fresh folder that holds a copy of the demo register and the `demo-ledger` that `make
demo` makes, in a terminal 100 columns wide without colour. What `gatewatch` writes to standard
error comes after what it prints, and of one in a pipe after all else, so no progress bar is drawn.

Four things differ from run to run and are made alike before comparing: a time with a fraction of a
second (when this ledger recorded, or when it was asked), the time of `Checked`, the stamp of a
file's modification in its origin, and a port that the system chose. Spaces at the end of a line are
dropped.

`python tests/test_docs.py` writes the pages anew where what is printed has changed.
"""

import difflib
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.prebuilt import Prebuilt, demo
from tests.warm import Warm

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "src" / "gatewatch" / "catalogue" / "demo"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
_ALIKE = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|\+00:00)"), "<a moment ago>"),
    (re.compile(r"(?m)^(  Checked +)\d{4}-\d\d-\d\d \d\d:\d\d"), r"\1<a moment ago>"),
    (re.compile(r"(file:[^:\s]+:\d+)-\d{19}"), r"\1-<stamp>"),
    (re.compile(r"(127\[\.\]0\[\.\]0\[\.\]1):\d{5}/"), r"\1:<port>/"),
    (re.compile(r"(?m)[ \t]+$"), ""),
)

_PROGRAM = """#!/bin/sh
{program} "$@" 2> .bin/said
code=$?
if [ -t 2 ] && [ -p /dev/stdout ]; then cat .bin/said >> .bin/after; else cat .bin/said >&2; fi
exit $code
"""


def alike(text: str) -> str:
    """Text without what differs from run to run."""
    for pattern, stands in _ALIKE:
        text = pattern.sub(stands, text)
    return text


def examples(page: Path) -> list[re.Match[str]]:
    """The blocks of a page that are run or written to a file."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [block for block in found if block[1] or block[2] in {"console", "python"}]


def run_page(
    page: Path, folder: Path, prebuilt: Prebuilt, program: Sequence[str]
) -> Iterator[tuple[re.Match[str], str]]:
    """Each block of a page with what its body should be."""
    shutil.copytree(DEMO, folder, dirs_exist_ok=True)
    (folder / ".bin").mkdir()
    (folder / ".bin/gatewatch").write_text(_PROGRAM.format(program=shlex.join(program)))
    (folder / ".bin/gatewatch").chmod(0o755)
    # A page's `python` is the one that runs the tests, as it is the reader's of a clone.
    (folder / ".bin/python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    (folder / ".bin/python").chmod(0o755)
    prebuilt.copied("demo", demo, folder / "demo-ledger")
    code = ""
    for block in examples(page):
        name, kind, body = block[1], block[2], block[3]
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(body, encoding="utf-8")
        elif kind == "console":
            yield block, "".join(_console(command, told, folder) for command, told in _cut(body))
        else:
            yield block, _python(code, body, folder)
            code += body


def _cut(body: str) -> Iterator[tuple[str, str]]:
    """Each command as written, with what the page says it prints."""
    for piece in re.split(r"(?m)^(?=\$ )", body)[1:]:
        found = re.match(r"\$ .*\n(?:> .*\n)*", piece)
        assert found, piece
        yield found[0], piece[found.end() :]


def _console(command: str, told: str, folder: Path) -> str:
    """A command and what it prints; the page's own words if they are alike."""
    script = re.sub(r"(?m)^[$>] ", "", command)
    code, printed = _in_terminal(["bash", "-c", script], folder)
    # Beside a pipe it would come before or after what the pipe's other end prints, as luck has it.
    after = folder / ".bin/after"
    printed += after.read_text(encoding="utf-8") if after.exists() else ""
    after.unlink(missing_ok=True)
    # Else a page would go on about what a command did that has long been refused.
    assert code == 0, (
        f"{command}fails with {code}; where it should, end it with ; echo $?\n{printed}"
    )
    return command + (told if alike(told) == alike(printed) else printed)


def _in_terminal(command: list[str], folder: Path) -> tuple[int, str]:
    """A command's exit code, and what it prints in a terminal."""
    inner, outer = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=outer,
        stderr=outer,
    )
    os.close(outer)
    seen = b""
    try:
        while part := os.read(inner, 65536):
            seen += part
    except OSError:  # Linux says so at the end of a terminal
        pass
    os.close(inner)
    return process.wait(), seen.decode().replace("\r\n", "\n")


def _environment(folder: Path) -> dict[str, str]:
    programs = folder / ".bin"
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("GATEWATCH_", "NO_COLOR"))}
    return {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "GATEWATCH_LEDGER": "ledger",
        "TERM": "dumb",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
    }


def _python(before: str, body: str, folder: Path) -> str:
    """A block with the comments that its prints should bear."""
    mark = "--- this block ---"
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\nprint({mark!r})\n{body}"],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return f"{body}{done.stderr}"
    printed = iter(done.stdout.partition(f"{mark}\n")[2].splitlines())

    def comment(line: re.Match[str]) -> str:
        now = next(printed, "")
        return line[0] if alike(line[2]) == alike(now) else f"{line[1]}  # {now}"

    return re.sub(r"(?m)^( *print\(.*\))  # (.*)$", comment, body)


def rewritten(page: Path, folder: Path, prebuilt: Prebuilt, program: Sequence[str]) -> str:
    """A page as it should be."""
    text = page.read_text(encoding="utf-8")
    for block, body in reversed(list(run_page(page, folder, prebuilt, program))):
        text = text[: block.start(3)] + body + text[block.end(3) :]
    return text


@pytest.mark.parametrize(
    "page", [page for page in PAGES if examples(page)], ids=lambda page: page.name
)
def test_every_example_prints_what_its_page_says(
    page: Path, tmp_path: Path, prebuilt: Prebuilt, warm: Warm
) -> None:
    """A newcomer who types what a page shows sees what the page shows."""
    shown = page.read_text(encoding="utf-8")
    now = rewritten(page, tmp_path, prebuilt, warm.running())
    if now != shown:
        lines = difflib.unified_diff(
            shown.splitlines(), now.splitlines(), "the page", "what is printed", lineterm=""
        )
        pytest.fail("\n".join([*lines, "python tests/test_docs.py writes the page anew"]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    """No page points to a file that is not there."""
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    lost = [n for n in links if "://" not in n and not (page.parent / n).exists()]
    assert not lost


_SOURCE = ROOT / "src" / "gatewatch"
_ROOMS = [path.name for path in _SOURCE.iterdir() if (path / "__init__.py").exists()]
_TOPS = ["src", "tests", "docs", "scripts", "benchmarks", "requirements", "deploy", *_ROOMS]
_NAMED = re.compile(rf"`((?:{'|'.join(_TOPS)})/[^`\s:*<{{@]*)`")


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted((ROOT / "docs/decisions").glob("*.md"))], ids=lambda page: page.name
)
def test_every_file_named_is_there(page: Path) -> None:
    """A file or folder that a page names, from the root or within the package, is where it says."""
    named = _NAMED.findall(page.read_text(encoding="utf-8"))
    there = [n for n in named if (ROOT / n).exists() or (_SOURCE / n).exists() or "NNNN" in n]
    lost = set(named) - set(there)
    assert not lost


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        for chosen in filter(examples, PAGES):
            (scratch := Path(place) / chosen.name).mkdir()
            cold = [sys.executable, "-m", "gatewatch"]
            anew = rewritten(chosen, scratch, Prebuilt(Path(place)), cold)
            changed = anew != chosen.read_text(encoding="utf-8")
            chosen.write_text(anew, encoding="utf-8")
            sys.stdout.write(f"{chosen.name}: {'written anew' if changed else 'as it was'}\n")
