"""What is left on the disk of files that were joined into others and of commits that were summed
up, and by which rule it is taken away.

A reader opens a table and reads its files later, maybe in another process, maybe with another
program: nobody knows who is at what. So whatever goes was of no use to a reader for some time.
"""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from deltalake import DeltaTable

from gatewatch import disk
from gatewatch.ledger import leaves
from gatewatch.ledger.placed import LOG, FolderFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT_HOURS = 6
"""For which files that were joined are kept, for readers that began before."""
KEPT_SECONDS = 600.0
"""The same where much more is left than lives. A site reads a state of the ledger for eight times
as long as its index takes, and a question for a minute (site/repository.py, site/turns.py)."""
_MUCH, _ANYHOW = 4, 64 << 10
"""How many times what lives in a table its folder may hold, and how many bytes beside."""


def joined(table: DeltaTable) -> None:
    """Take away files that were joined into others, once no reader can be at them: a site looks
    for commits every second, a command reads for minutes. What no commit ever named stays: it may
    be a writer's who has not committed yet."""
    if table.vacuum(KEPT_HOURS, dry_run=True, enforce_retention_duration=False):
        table.vacuum(KEPT_HOURS, dry_run=False, enforce_retention_duration=False)


def outweigh(table: DeltaTable, root: Path) -> bool:
    """Whether much more lies in a table's folder than lives in the table, its log included."""
    there = sum(one.stat().st_size for one in _below(root))
    return there > _MUCH * sum(_live(table).values()) + _ANYHOW


def swept(table: DeltaTable, root: Path) -> None:
    """Take away what was joined or summed up more than some minutes ago. Every commit has to be in
    the ledger's log already (journal.py): what is not logged yet is read from here.

    Files go before the entries that tell that they were taken out, and older sums before what they
    sum up, so that whoever is stopped in between leaves nothing that cannot be explained.
    """
    log, until, live = root / LOG, time.time() - KEPT_SECONDS, _live(table)
    files = FolderFiles(root)
    there = {n: root / path for n, path in leaves.commits(files.listed()).items()}
    old = {n: file for n, file in there.items() if file.stat().st_mtime < until}
    for file in old.values():
        for path in leaves.actions(files, f"{LOG}/{file.name}")[2]:
            # A log may name any file of the machine; what lies elsewhere is not the table's.
            if path not in live and disk.inside(path):
                (root / path).unlink(missing_ok=True)
    sums = {int(f.name[:20]): f for f in log.glob("*.checkpoint.parquet") if f.name[:20].isdigit()}
    number = max(sums, default=0)
    if not number or sums[number].stat().st_mtime >= until:
        return
    for one in (sums.pop(number), log / "_last_checkpoint", log):
        disk.synced(one)
    for file in (*sums.values(), *(old[n] for n in sorted(old) if n < number)):
        file.unlink()


def _live(table: DeltaTable) -> dict[str, int]:
    """The files of a table by their paths below it, with their bytes."""
    told = table.get_add_actions(flatten=True)
    paths, sizes = (told.column(name).to_pylist() for name in ("path", "size_bytes"))
    return dict(zip(map(unquote, paths), sizes, strict=True))


def _below(folder: Path) -> "Iterator[os.DirEntry[str]]":
    with os.scandir(folder) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False):
                yield from _below(Path(one.path))
            else:
                yield one
