"""Which files a question walks through, traced on the running program.

    python docs/journeys.py LEDGER

Counted are the files of `src/gatewatch` of which a function runs from the first call to the answer.
Left out is what runs while a module is imported: bodies of modules and of classes, and what they
call. A climb is a call from a file to a file of a room above its own. What was handed down from
above is none: a nested function, or a generator that is read on.
"""

import inspect
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

SOURCE = Path(__file__).parents[1] / "src" / "gatewatch"
_OURS = f"{SOURCE}/"
ROOMS = (
    ("errors",),
    ("model", "config", "disk", "heavy", "locks"),
    ("catalogue",),
    ("sources", "ledger", "analysis", "cases", "engines"),
    ("probe",),
    ("query",),
    ("records", "words"),
    ("draw",),
    ("exports", "pipeline"),
    ("site", "assistants"),
    ("cli", "__main__", "__init__"),
)
"""From below upwards: those on one line are strangers. As import-linter has them."""
_GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Walk:
    """What one question ran, in the order in which it was first met."""

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        """In the order in which they were first entered."""
        self.functions: set[CodeType] = set()
        self.climbs: set[tuple[str, str]] = set()
        """Caller and called, each as file:function."""
        self._met: set[tuple[int, int]] = set()
        """Called and caller, both ours, of which nothing more can be learnt."""

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """For `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or not _is_ours(code):
            return
        if frame.f_back is not None and (id(code), id(frame.f_back.f_code)) in self._met:
            return
        if _is_importing(frame):
            return
        file = _named(code)
        self.files[file] = None
        self.functions.add(code)
        if frame.f_back is not None and _is_ours(frame.f_back.f_code):
            self._met.add((id(code), id(frame.f_back.f_code)))
        if code.co_flags & _GENERATOR or "<locals>" in code.co_qualname:
            return
        caller = frame.f_back
        while caller is not None and not _is_ours(caller.f_code):
            caller = caller.f_back
        if caller is not None and _height(_named(caller.f_code)) < _height(file):
            self.climbs.add((_place(caller.f_code), _place(code)))


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(_OURS)


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a body of a module or a class is above it, before any function of ours."""
    while frame is not None:
        if _is_ours(frame.f_code) and not frame.f_code.co_flags & inspect.CO_NEWLOCALS:
            return True
        if frame.f_code.co_name == "_call_with_frames_removed":
            return True
        frame = frame.f_back
    return False


def _named(code: CodeType) -> str:
    return code.co_filename.removeprefix(_OURS)


def _place(code: CodeType) -> str:
    return f"{_named(code)}:{code.co_qualname}"


def _height(file: str) -> int:
    room = file.partition("/")[0].removesuffix(".py")
    return next(n for n, rooms in enumerate(ROOMS) if room in rooms)


@contextmanager
def walking() -> Iterator[Walk]:
    """Everything that runs in the block, in every thread."""
    walk = Walk()
    sys.setprofile(walk.note)
    threading.setprofile(walk.note)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def checked(ledger: str, **environment: str) -> Walk:
    """`gatewatch check github.com`."""
    from gatewatch import cli

    os.environ.update(environment)
    sys.argv = ["gatewatch", "check", "github.com", "--ledger", ledger]
    with walking() as walk:
        cli._run()  # noqa: SLF001 - `main` would end the process
    return walk


def asked(ledger: str, path: str) -> Walk:
    """A request to a site that was just started: nothing is remembered yet."""
    import asyncio
    import tempfile

    from gatewatch.site.app import build
    from gatewatch.site.settings import SiteSettings

    async def ask() -> Walk:
        app = build(SiteSettings(ledger=ledger, state=Path(tempfile.mkdtemp())))
        sent: list[dict[str, Any]] = []
        name, _, query = path.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": name,
            "raw_path": name.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1")],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 80),
        }

        parts = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not parts:  # as of a client that waits: the site looks out for one that hangs up
                await asyncio.Event().wait()
            return parts.pop()

        async def send(message: Any) -> None:
            sent.append(dict(message))

        with walking() as walk:
            await app(scope, receive, send)  # type: ignore[arg-type]
        assert sent[0]["status"] == 200, sent
        return walk

    return asyncio.run(ask())


JOURNEYS: dict[str, Callable[[str], Walk]] = {
    "`gatewatch check github.com`, in a pipe": checked,
    "`gatewatch check github.com`, for a person": lambda ledger: checked(
        ledger, GATEWATCH_PAGE="1"
    ),
    "`GET /case/wechat/RU`, cold": lambda ledger: asked(
        ledger, "/case/wechat/RU?valid_at=2017-05-08"
    ),
    "`GET /api/v1/cases.csv`, cold": lambda ledger: asked(ledger, "/api/v1/cases.csv"),
}


def main() -> None:
    """Trace the journey of a number, as JSON on standard error; without a number all, as a
    table."""
    ledger, *number = sys.argv[1:]
    if number:
        walk = list(JOURNEYS.values())[int(number[0])](ledger)
        print(json.dumps(told(walk)), file=sys.stderr)
        return
    print(
        "| question | files | of them nouns | rooms | functions |\n| --- | --- | --- | --- | --- |"
    )
    for place, name in enumerate(JOURNEYS):
        found = traced(ledger, place)
        files = found["files"]
        nouns = [file for file in files if file.startswith("model/")]
        rooms = {file.partition("/")[0] for file in files}
        print(f"| {name} | {len(files)} | {len(nouns)} | {len(rooms)} | {found['functions']} |")
        for caller, called in found["climbs"]:
            print(f"climbs: {caller} -> {called}")


def told(walk: Walk) -> dict[str, Any]:
    """A walk as plain data."""
    return {
        "files": list(walk.files),
        "functions": len(walk.functions),
        "climbs": sorted(walk.climbs),
    }


def traced(ledger: str, place: int) -> dict[str, Any]:
    """One journey in a process of its own, so that nothing is loaded or remembered."""
    command = [sys.executable, __file__, ledger, str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
