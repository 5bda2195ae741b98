"""log: the log of a ledger's commits, which shows tampering."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gatewatch import config
from gatewatch.cli.onward import onward
from gatewatch.cli.options import As, LedgerAt, NoColor, Output, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, note
from gatewatch.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from gatewatch.ledger.journal import Journal

EXAMPLES = (
    "log",
    "log verify",
    "log verify --format json",
    "log prove snapshots:1 --format json",
    "log key",
)


class LogAction(StrEnum):
    """What `gatewatch log` does."""

    SHOW = "show"
    VERIFY = "verify"
    PROVE = "prove"
    KEY = "key"
    ROTATE = "rotate"
    RESTART = "restart"


def log(
    action: Annotated[
        LogAction,
        typer.Argument(
            help="show its leaves; verify the ledger against it; prove that a commit is in it; "
            "the public key to publish; rotate to a new key; restart under another name."
        ),
    ] = LogAction.SHOW,
    what: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            metavar="[TABLE:VERSION|LEAF]", help="With prove: a commit, or the number of a leaf."
        ),
    ] = None,
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="FILE", help="With verify: an earlier checkpoint that the log grew out of."
        ),
    ] = None,
    key: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="NAME+ID+KEY", help="With verify: the key as its operator published it."
        ),
    ] = None,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--name",
            metavar="NAME",
            help="With restart: the new name, as example.org/log; default random.",
        ),
    ] = None,
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """The log of commits, a Merkle tree with signed checkpoints: what it holds, and whether the
    ledger is still what was logged.

    Of a ledger in an object store: the log that this machine keeps of it.

    Exit code 1 if something was changed, removed or back-dated.
    """
    from gatewatch.ledger.journal import Journal
    from gatewatch.ledger.store import Store

    store = Store(ledger_at(ledger))
    if not store.exists():
        raise LedgerError(
            f"no ledger at {store.location}: gatewatch ingest REGISTER SOURCE makes one"
        )
    journal = Journal(store)
    if not journal.kept:
        raise UsageError(f"this machine keeps no log of {store.location}: {config.LOG} says so")
    if action == LogAction.VERIFY:
        _verify(journal, since, key, output)
    elif action == LogAction.RESTART:
        made = journal.restart("its operator began it anew", name)
        note(f"the log goes on as {made.origin}; publish its key: gatewatch log key")
    elif action == LogAction.ROTATE:
        made = journal.rotate()
        note(f"leaf {made.size - 1} names the new key; publish it: gatewatch log key")
    elif not journal.log.exists():
        here = "" if store.local else f" from this machine, in {journal.log.folder}"
        raise LedgerError(f"there is no log yet: it begins with the next write to the ledger{here}")
    elif action == LogAction.PROVE:
        _prove(journal, what, output)
    elif action == LogAction.KEY:
        _key(journal, output)
    else:
        _show(journal, output)


def _show(journal: "Journal", output: Output) -> None:
    leaves, said = journal.leaves(), journal.log.checkpoint()
    rows = [
        {
            "leaf": number,
            "logged_at": leaf.logged_at,
            "kind": leaf.kind,
            "table": leaf.table,
            "version": leaf.version if leaf.table else None,
            "rows": sum(one.rows for one in leaf.batches),
            "files": len(leaf.added),
            "removed": len(leaf.removed),
            "commit": leaf.commit,
        }
        for number, leaf in enumerate(leaves)
    ]

    def person(page: Page) -> None:
        page.head(said.origin, f"{said.size:,} leaves")
        page.field("Root", said.root.hex())
        page.field("Signed by", ", ".join(str(k) for k in journal.verifiers()[:1]) or "nobody")
        for row in rows[-_SHOWN:]:
            what = f"{row['table']} {row['version']}" if row["table"] else str(row["kind"])
            held = count(int(str(row["rows"])), "row") if row["rows"] else ""
            page.field(f"Leaf {row['leaf']}", what, f"{str(row['logged_at'])[:19]}Z  {held}")
        page.line((f"  {onward('log', 'verify')} compares the ledger with it", "dim"))

    show(output, rows, person)


_SHOWN = 12


def _key(journal: "Journal", output: Output) -> None:
    kept = {str(one.verifier) for one in journal.signers()}
    rows = [{"key": str(one), "kept_here": str(one) in kept} for one in journal.verifiers()]
    if not rows:
        raise LedgerError(
            "the log is not signed: pip install 'gatewatch[cite]'; the next write makes a key"
        )

    def person(page: Page) -> None:
        page.head("Public key of the log", "publish it where readers look for it")
        page.line(f"  {rows[0]['key']}")
        where = f"in {journal.keys}" if rows[0]["kept_here"] else "not on this machine"
        page.field("Private", where, "copy it to a safe place; never serve it")
        for row in rows[1:]:
            page.field("Earlier", str(row["key"]))

    show(output, rows, person, pipe=lambda: ([row["key"]] for row in rows))


def _prove(journal: "Journal", what: str | None, output: Output) -> None:
    from gatewatch.ledger.proofs import prove

    leaves = journal.leaves()
    number = _number(what, [(leaf.table, leaf.version) for leaf in leaves])
    proof = prove(journal.log, number)
    document = json.loads(proof.encoded())
    show(
        output,
        [{"leaf": number, "index": proof.index, "size": proof.size, "root": proof.root}],
        lambda page: _draw_proof(page, number, document),
        document=document,
    )


def _draw_proof(page: Page, number: int, document: dict[str, Any]) -> None:
    page.head(f"Leaf {number} of {document['size']}", "is in the log")
    page.field("Leaf", str(document["leaf"])[:100])
    for place, one in enumerate(document["path"]):
        page.field("Path" if not place else "", one)
    page.field("Root", document["root"])
    page.line(("  --format json > proof.json gives it to others", "dim"))


def _number(what: str | None, commits: list[tuple[str, int]]) -> int:
    table, _, version = (what or "").partition(":")
    if table.isdecimal() and not version and int(table) < len(commits):
        return int(table)
    if version.isdecimal() and (table, int(version)) in commits:
        return commits.index((table, int(version)))
    raise UsageError(
        f"{what or 'nothing'!r} is not in the log: name a commit, as snapshots:1, or the number of "
        "a leaf; gatewatch log shows them"
    )


def _verify(journal: "Journal", since: str | None, key: str | None, output: Output) -> None:
    from gatewatch.ledger.audit import audit
    from gatewatch.ledger.notes import Verifier
    from gatewatch.ledger.proofs import grew

    pinned = Verifier.parse(key) if key else None
    told = audit(journal.store, pinned)
    if since and journal.log.exists():
        try:
            said = grew(journal, Path(since).read_bytes(), pinned)
        except OSError as fault:
            raise UsageError(f"{since} cannot be read: {fault.strerror}") from fault
        except LedgerError as fault:
            told.faults.append(f"{since}: {fault}")
        else:
            told.good.append(said)
    rows = [
        {"level": level, "what": what}
        for level, said in (("ok", told.good), ("note", told.notes), ("fault", told.faults))
        for what in said
    ]

    def person(page: Page) -> None:
        head = "The ledger is as it was logged"
        page.head(count(len(told.faults), "fault") if told.faults else head, journal.store.location)
        for row in rows:
            page.line(f"  {row['level']:<6} ", row["what"], hang=9)

    show(output, rows, person)
    if told.faults:
        raise typer.Exit(1)
