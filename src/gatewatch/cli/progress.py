"""How far long work has come: a bar for a person, one plain line a minute for a log, or nothing."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from gatewatch.cli.terminal import note

if TYPE_CHECKING:
    from rich.progress import Task

_MINUTE = 60.0
_BAR = 40


class Done(NamedTuple):
    """What has been done so far: `total` is None for as long as nobody knows it."""

    number: int
    total: int | None
    note: str = ""


Report = Callable[[Done], None]


@contextmanager
def progress(
    name: str, *, quiet: bool, written: Callable[[int], str] = "{:,}".format
) -> Iterator[Report]:
    """A function to report to; where nobody wants to know it does nothing. `written` writes a
    count."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        # A bar moves the cursor, and whoever wants no colour wants no escape at all.
        with _bar(name, written) as report:
            yield report
    else:
        yield _log(name, written)


def of(done: Done, written: Callable[[int], str]) -> str:
    """So many of so many, or so many where the whole is not known."""
    counted = written(done.number)
    return counted if done.total is None else f"{counted} of {written(done.total)}"


@contextmanager
def _bar(name: str, written: Callable[[int], str]) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
    from rich.table import Column
    from rich.text import Text

    class Counted(ProgressColumn):
        # Rich draws a task when it is added, before anybody can know the total.
        def render(self, task: "Task") -> Text:
            total = None if task.total is None else int(task.total)
            return Text(of(Done(int(task.completed), total), written))

    note = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(f"  {name}"),
        BarColumn(bar_width=min(_BAR, console.width // 4)),
        Counted(Column(no_wrap=True)),
        TextColumn("{task.fields[note]}", table_column=note),
        console=console,
        refresh_per_second=1,
        transient=True,
        expand=True,
    )
    with bar:
        task = bar.add_task(name, total=None, note="")

        def report(done: Done) -> None:
            bar.update(task, total=done.total, completed=done.number, note=done.note)

        yield report


def _log(name: str, written: Callable[[int], str]) -> Report:
    last = monotonic()

    def report(done: Done) -> None:
        nonlocal last
        if monotonic() - last >= _MINUTE:
            last = monotonic()
            note(f"{name}\t{of(done, written)}\t{done.note}")

    return report
