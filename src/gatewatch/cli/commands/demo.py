"""demo: a small ledger from what the project ships, and the commands at work on it."""

import os
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from gatewatch.cli.options import NoColor
from gatewatch.cli.terminal import PAGE_ALWAYS, Page
from gatewatch.errors import UsageError

EXAMPLES = ("demo", "demo --folder my-demo")
_ASK = (
    ("On 8 May 2017, was WeChat on the list?", "check wechat.com --valid-at 2017-05-08"),
    (
        "The same day, by what had been published on the 3rd",
        "check wechat.com --valid-at 2017-05-08 --as-of 2017-05-03",
    ),
    ("And after the details were filed?", "check wechat.com --valid-at 2017-05-12"),
    ("Do paper and network agree?", "reconcile -j RU --valid-at 2017-05-12"),
    ("When did it come, when did it go?", "history wechat.com"),
    ("What changed in May", "changes --since 2017-05-01"),
    ("One published state held no entry: set aside, nobody was taken off", "quarantine"),
    ("How fresh is it?", "registers"),
    ("Is the ledger sound?", "doctor"),
    (
        "The whole story as of that day, and its picture",
        "case wechat RU --valid-at 2017-05-08 --plot FOLDER/wechat.svg",
    ),
)


def demo(
    folder: Annotated[
        str, typer.Option("--folder", help="Where to build the small ledger.")
    ] = "demo-ledger",
    no_color: NoColor = False,
) -> None:
    """Build a small ledger from what the project ships and show the commands at work."""
    from gatewatch.cli.app import build
    from gatewatch.pipeline import demo_data

    shipped = Path(str(files("gatewatch.catalogue") / "demo"))
    _make_room(Path(folder))
    os.environ[PAGE_ALWAYS] = "1"
    page = Page()
    page.head("Gatewatch demo", "facts restated from the press, no network needed")
    measured = demo_data.write(Path(folder) / "made.jsonl")
    filled = (
        (
            "Bring a register's history in",
            "ingest ru-demo.toml prohibited-2017/",
            ["ingest", str(shipped / "ru-demo.toml"), str(shipped / "prohibited-2017")],
        ),
        (
            "And measurements: these are made, as are the reports, and marked as made",
            f"ingest ooni {measured}",
            ["ingest", "ooni", str(measured), "--processes", "1"],
        ),
    )
    asked = ((title, command.replace("FOLDER", folder)) for title, command in _ASK)
    app = build()
    for title, shown, words in (*filled, *((t, c, c.split()) for t, c in asked)):
        page.line("")
        page.line((title, "bold"))
        page.line((f"$ gatewatch {shown} --ledger {folder}", "dim"))
        app([*words, "--ledger", folder], standalone_mode=False)
        if words[:2] == ["ingest", "ooni"]:
            demo_data.report(folder)
    _go_on(page, folder)


def _go_on(page: Page, folder: str) -> None:
    own = ".venv/bin/gatewatch"
    page.line("")
    for name, line in (
        ("Go on", f"{own} check line.me --valid-at 2017-05-08 --ledger {folder}"),
        ("A real history", f"{own} ingest ru-rkn PATH-OR-URL-OF-A-GIT-MIRROR"),
        ("The picture", f"{folder}/wechat.svg"),
        ("The site", "make serve"),
    ):
        hint = "then http://127.0.0.1:8451/" if line == "make serve" else ""
        page.field(name, line, hint, "bold", width=16)


def _make_room(folder: Path) -> None:
    """Remove an earlier demo, and nothing else."""
    mark = folder / ".gatewatch-demo"
    try:
        if folder.exists() and any(folder.iterdir()) and not mark.exists():
            raise UsageError(
                f"{folder} is not an earlier demo's folder: name another with --folder"
            )
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        mark.touch()
    except OSError as fault:
        raise UsageError(
            f"{folder} cannot be made: {fault.strerror}; name another with --folder"
        ) from fault
