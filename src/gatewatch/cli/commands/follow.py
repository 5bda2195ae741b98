"""follow: be told of what happens to what one has."""

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Optional

import msgspec
import typer

from gatewatch.catalogue import facts
from gatewatch.catalogue.registers import declared
from gatewatch.cli import complete
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    As,
    LedgerAt,
    NoColor,
    Output,
    Private,
    StateAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.subscribers import followers_of
from gatewatch.cli.terminal import Page, count, note
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.ledger import commits
from gatewatch.ledger.store import Store
from gatewatch.model.moment import iso
from gatewatch.model.subscription import (
    FEED,
    DeadLetter,
    FollowStatus,
    Subscription,
    feed_path,
    parts,
)
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.following.subscriptions import DeclaredFollows
from gatewatch.pipeline.inventory import LANGUAGES, inventory
from gatewatch.pipeline.looking import example, look
from gatewatch.query import ledger as reading
from gatewatch.query.wished import WishText, wished

EXAMPLES = (
    "follow add https://hooks.example/gatewatch --thing wechat --thing example.com -j RU",
    "follow add mailto:desk@example.org --register ua-ncu --kind listing",
    "follow inventory.toml",
    "follow run --once --public-url https://gatewatch.example",
    "follow status",
)
_EVERY = 2.0
"""Seconds between two looks at whether the ledger has moved on."""
_NAMES = 12
"""Names of one subscription that the list shows."""
_QUIET = 900.0
"""Seconds after which it is looked at although it has not: time alone brings silences."""


class FollowAction(StrEnum):
    """What `gatewatch follow` does."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"
    RESUME = "resume"
    TEST = "test"
    STATUS = "status"
    LOG = "log"
    RUN = "run"


Names = Optional[list[str]]  # noqa: UP045 - Typer reads it


def follow(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE.toml|ACTION",
            help="An inventory to follow, or list, add, remove, resume, test, status, log, run.",
        ),
    ] = "list",
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            help="add: https://..., mailto:..., notify:NAME or feed:; remove, resume, test: a"
            " subscription's id or name."
        ),
    ] = None,
    thing: Annotated[
        Names,
        typer.Option(help="A service, domain, address, prefix or AS12389. May be given again."),
    ] = None,
    service: Annotated[
        Names, typer.Option(help="This service.", autocompletion=complete.services)
    ] = None,
    jurisdiction: Annotated[
        Names,
        typer.Option(
            "--jurisdiction",
            "-j",
            metavar="CC",
            help="Only of this jurisdiction.",
            autocompletion=complete.countries,
        ),
    ] = None,
    register: Annotated[
        Names, typer.Option(help="Only of this register.", autocompletion=complete.registers)
    ] = None,
    authority: Annotated[Names, typer.Option(help="Only by this authority.")] = None,
    law: Annotated[Names, typer.Option(help="Only under this law.")] = None,
    kind: Annotated[
        Names,
        typer.Option(
            help="Only listing, change, delisting, onset, end, silence, claim, disagreement, surge"
            " or state."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="add: what to call it.")] = "",
    language: Annotated[str, typer.Option(help="add: en, ru or zh.")] = "en",
    once: Annotated[
        bool, typer.Option("--once", help="run: tell what is new, then end; for cron.")
    ] = False,
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="Where the site is, for links in messages.")
    ] = "",
    ledger: LedgerAt = None,
    state: StateAt = None,
    private: Private = False,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Be told of what happens: listings, blocks, lifts, claims, when they become known."""
    followers = followers_of(ledger, state, private=private, base=public_url)
    if what.endswith(".toml"):
        _declared(followers, Path(what), ledger, output)
        return
    if what not in set(FollowAction):
        raise UsageError(
            f"follow {what}: write {', '.join(FollowAction)}, or name an inventory that ends in"
            " .toml"
        )
    action = FollowAction(what)
    if action == FollowAction.ADD:
        given = WishText(
            things=tuple(thing or ()),
            services=tuple(service or ()),
            jurisdictions=tuple(jurisdiction or ()),
            registers=tuple(register or ()),
            authorities=tuple(authority or ()),
            laws=tuple(law or ()),
            kinds=tuple(kind or ()),
        )
        _added(
            followers,
            _needed(target, action),
            given,
            name,
            language=language,
            ledger=ledger,
            output=output,
        )
    elif action in _ON_ONE:
        _ON_ONE[action](followers, _needed(target, action))
    elif action == FollowAction.RUN:
        _run(followers, ledger_at(ledger), once=once)
    else:
        _SHOWN[action](followers, output)


def _needed(target: str | None, action: FollowAction) -> str:
    if not target:
        what = (
            "https://..., mailto:..., notify:NAME or feed:"
            if action == FollowAction.ADD
            else "a subscription's id or name"
        )
        raise UsageError(f"gatewatch follow {action}: name {what}")
    return target


def _registers(ledger: str | None) -> list[str]:
    """Those that are declared, and those of the ledger."""
    location = ledger_at(ledger)
    held = reading.open(location).history_of.registers() if Store(location).exists() else {}
    return sorted({*declared(), *held})


def _added(
    followers: Followers,
    target: str,
    given: WishText,
    name: str,
    language: str,
    ledger: str | None,
    output: Output,
) -> None:
    if language not in LANGUAGES:
        raise UsageError(f"--language {language}: write one of {', '.join(LANGUAGES)}")
    wish = wished(given, facts.load(), _registers(ledger))
    made = [followers.subscriptions.add(target, wish, name=name, language=language)]
    _shown_made(made, output)
    _note_mail(followers, made)


def _note_mail(followers: Followers, made: Sequence[Subscription]) -> None:
    if not followers.mails and any(one.by_mail for one in made):
        note("No mail leaves yet: set GATEWATCH_SMTP and GATEWATCH_MAIL_FROM where follow run is")


def _declared(followers: Followers, file: Path, ledger: str | None, output: Output) -> None:
    found = inventory(file, facts.load(), _registers(ledger))
    done = followers.subscriptions.declare(found.source, found.wanted)

    def person(page: Page) -> None:
        page.head(str(file), count(len(found.wanted), "subscription"))
        for told, ones in _changes(done):
            for one in ones:
                page.field(told, f"{one.name}   {one.target}", one.id)
        for one in done.made:
            if one.signed:
                page.field(
                    "Secret", one.secret, f"{one.id}: the receiver checks signatures with it"
                )

    rows = [{"change": told, **_row(one)} for told, ones in _changes(done) for one in ones]
    show(output, rows, person, pipe=lambda: ([r["change"], r["id"], r["target"]] for r in rows))
    _note_mail(followers, done.made)


def _changes(done: DeclaredFollows) -> list[tuple[str, tuple[Subscription, ...]]]:
    return [
        ("new", done.made),
        ("changed", done.changed),
        ("ended", done.ended),
        ("as before", done.kept),
    ]


def _shown_made(made: Sequence[Subscription], output: Output) -> None:
    rows = [
        {**_row(one), "secret": one.secret if one.signed else None, "feed": feed_path(one)}
        for one in made
    ]

    def person(page: Page) -> None:
        for one in made:
            page.head(one.id, one.target)
            if one.signed:
                page.field("Secret", one.secret, "the receiver checks signatures with it")
            page.field("Feed", feed_path(one), "Atom; .json for JSON Feed")

    show(output, rows, person, pipe=lambda: ([r["id"], r["target"], r["secret"]] for r in rows))


def _row(one: Subscription) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "owner": one.owner,
        "target": one.target,
        "language": one.language,
        "wish": {k: v for k, v in msgspec.to_builtins(one.wish).items() if v},
        "made_at": iso(one.made_at),
        "paused": one.paused,
    }


def _list(followers: Followers, output: Output) -> None:
    found = followers.subscriptions.all()

    def person(page: Page) -> None:
        page.head(count(len(found), "subscription"), "")
        for s in found:
            told = (s.name, _wished(s, _NAMES), f"by {s.owner}")
            page.field(s.id, s.target, "   ".join(part for part in told if part))
            if s.paused:
                page.field("", f"paused, {s.paused}", onward("follow", "resume", "ID"), "bold")

    show(
        output,
        [_row(one) for one in found],
        person,
        pipe=lambda: ([s.id, s.owner, s.target, _wished(s), s.paused] for s in found),
    )


def _wished(one: Subscription, most: int | None = None) -> str:
    found = parts(one.wish)
    more = f" and {len(found) - most:,} more" if most and len(found) > most else ""
    return ", ".join(found[:most]) + more if found else "everything"


def _status(followers: Followers, output: Output) -> None:
    found, letters = followers.delivery_log.status(), followers.delivery_log.dead()

    def person(page: Page) -> None:
        page.head(count(len(found), "subscription"), "")
        for one in found:
            s = one.subscription
            sent = (
                f"last sent {one.last_sent:%Y-%m-%d %H:%M} UTC" if one.last_sent else "never sent"
            )
            told = f"told {one.told}, waiting {one.waiting}, given up {one.dead}"
            page.field(s.id, s.target, told if s.target == FEED else f"{told}; {sent}")
            if s.paused:
                page.field("", f"paused, {s.paused}", onward("follow", "resume", "ID"), "bold")
        _letters(page, letters)

    show(
        output,
        [_status_row(one) for one in found],
        person,
        pipe=lambda: (
            [o.subscription.id, o.subscription.target, o.told, o.waiting, o.dead] for o in found
        ),
    )


def _status_row(one: FollowStatus) -> dict[str, Any]:
    return {
        **_row(one.subscription),
        "told": one.told,
        "waiting": one.waiting,
        "dead": one.dead,
        "last_sent": iso(one.last_sent),
    }


def _letters(page: Page, letters: Sequence[DeadLetter]) -> None:
    if letters:
        page.line("")
        page.line((count(len(letters), "message"), "bold"), " given up; resume sends them again")
        page.table(
            [f"{one.at:%Y-%m-%d %H:%M}", one.subscription, one.title, (one.reason, "dim")]
            for one in letters
        )


def _log(followers: Followers, output: Output) -> None:
    found = followers.delivery_log.tries()

    def person(page: Page) -> None:
        page.head("What was sent", "newest first")
        page.table(
            [
                f"{one.at:%Y-%m-%d %H:%M}",
                one.subscription,
                f"try {one.attempt}",
                (one.reason or str(one.status), "dim"),
            ]
            for one in found
        )

    show(output, [msgspec.to_builtins(one) for one in found], person)


def _remove(followers: Followers, name: str) -> None:
    followers.subscriptions.remove(followers.subscriptions.find(name).id)


def _resume(followers: Followers, name: str) -> None:
    followers.deliveries.resume(followers.subscriptions.find(name).id)


def _test(followers: Followers, name: str) -> None:
    one = followers.subscriptions.find(name)
    reply = followers.deliveries.test(one.id, example(one.language))
    if not reply.arrived:
        raise GatewatchError(f"{one.target} was not reached: {reply.reason}")
    note(f"{one.target} took a test message")


_ON_ONE: dict[FollowAction, Callable[[Followers, str], None]] = {
    FollowAction.REMOVE: _remove,
    FollowAction.RESUME: _resume,
    FollowAction.TEST: _test,
}
_SHOWN: dict[FollowAction, Callable[[Followers, Output], None]] = {
    FollowAction.LIST: _list,
    FollowAction.STATUS: _status,
    FollowAction.LOG: _log,
}


def _state_of(location: str) -> str:
    """Another text as soon as anything was written; of an object store one that changes by the
    minute."""
    folder = Path(location)
    return commits.newest(folder) if folder.is_dir() else f"{datetime.now(UTC):%H:%M}"


def _run(followers: Followers, location: str, *, once: bool) -> None:
    """Look whenever the ledger has moved on, and send what waits."""
    stop = threading.Event()
    if not once:
        note("Following; Ctrl-C ends it")
        if not followers.base and any(s.target != FEED for s in followers.subscriptions.all()):
            note("Links in messages will be paths alone: name the site with --public-url")
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stop.set())
    seen, looked = "", datetime.min.replace(tzinfo=UTC)
    while not stop.is_set():
        now, stands = datetime.now(UTC), _state_of(location)
        if stands != seen or (now - looked).total_seconds() > _QUIET:
            _look(followers, location, now, once=once)
            seen, looked = stands, now
        for tried in followers.deliveries.deliver():
            if tried.reason:
                note(f"{tried.subscription}  not told, try {tried.attempt}: {tried.reason}")
        if once:
            return
        stop.wait(_EVERY)


def _look(followers: Followers, location: str, now: datetime, *, once: bool) -> None:
    first = followers.news.mark() is None
    queued = look(location, followers, now)
    if first:
        note("A first look: what is known already is told to nobody")
    elif queued or once:
        note(f"{now:%Y-%m-%d %H:%M:%S}Z  {count(queued, 'message')}")
