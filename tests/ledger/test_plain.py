"""What is no file of a ledger is named, and never opened: a pipe would be waited for for ever."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewatch.errors import LedgerError
from gatewatch.ledger import backup
from gatewatch.ledger.checksums import place
from gatewatch.ledger.doctor import examine
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.plain import LARGEST
from gatewatch.ledger.store import Store
from gatewatch.pipeline.repair import repair


def _data(ledger: Path) -> Path:
    return next((ledger / "events").glob("*.parquet"))


def _entry(ledger: Path) -> Path:
    return max((ledger / "events" / "_delta_log").glob("*.json"))


def _hint(ledger: Path) -> Path:
    return ledger / "events" / "_delta_log" / "_last_checkpoint"


def _lines(ledger: Path) -> Path:
    return place(ledger, "events")


def _pipe(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.mkfifo(file)


def _device(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.symlink_to("/dev/zero")


def _socket(file: Path) -> None:
    file.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(file))  # a socket's name has a hundred characters at most


def _endless(file: Path) -> None:
    with file.open("ab") as out:
        out.truncate(LARGEST + 1)  # sparse: nothing of it is on the disk


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _table(ledger: Path) -> Path:
    return ledger / "events"


def _file(table: Path) -> None:
    shutil.rmtree(table)
    table.write_text("no table")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
@pytest.mark.parametrize(
    ("make", "of"),
    [
        *((make, of) for make in (_pipe, _device) for of in (_data, _entry, _hint, _lines)),
        (_socket, _data),
        *((_endless, of) for of in (_entry, _hint, _lines)),
        *((_folder, of) for of in (_data, _entry, _lines)),
        (_file, _table),
    ],
)
def test_what_is_no_file_is_never_opened(
    demo_filled: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], None],
    of: Callable[[Path], Path],
) -> None:
    ledger = tmp_path / "ledger"
    shutil.copytree(demo_filled, ledger)
    monkeypatch.chdir(of(ledger).parent)
    odd = of(ledger)
    make(odd)
    with pytest.raises(LedgerError, match="take it away"):
        Store(str(ledger)).table("events")
    (told,) = examine(Store(str(ledger)), lambda _: ())
    assert (told.level, odd.name in told.what) == (FAULT, True)
    with pytest.raises(LedgerError, match="take it away"):
        backup.backup(str(ledger), tmp_path / "copy")
    with pytest.raises(LedgerError, match="take it away"):
        repair(str(ledger), str(tmp_path / "new"), {})


def test_links_within_a_ledger_are_followed_once(demo_filled: str, tmp_path: Path) -> None:
    """A table that lies elsewhere is read there, and a folder that leads back ends nothing."""
    ledger, elsewhere = tmp_path / "ledger", tmp_path / "elsewhere"
    shutil.copytree(demo_filled, ledger)
    shutil.move(ledger / "events", elsewhere)
    (ledger / "events").symlink_to(elsewhere)
    (elsewhere / "again").symlink_to(ledger)
    (elsewhere / "lost").symlink_to("nowhere")
    store = Store(str(ledger))
    assert store.query("SELECT count(*) > 0 FROM events") == [(True,)]
