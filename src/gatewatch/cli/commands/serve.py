"""serve: the site, for people and programs."""

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.cli.options import LedgerAt, StateAt, ledger_at, state_at
from gatewatch.cli.terminal import note
from gatewatch.errors import UsageError

if TYPE_CHECKING:
    from litestar.types import ASGIApp

EXAMPLES = (
    "serve --ledger demo-ledger",
    "serve --port 8080 --public-url https://gatewatch.example --behind-proxy",
    "serve --access-log access.jsonl",
)

_EXPORTS = "exports"
_INGEST = """
import sys
from gatewatch.pipeline.measurements import ingest
ingest(*sys.argv[1:], processes=1)
"""
"""Within the site's own folder."""


def serve(
    ledger: LedgerAt = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8451,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    public_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Where people reach the site, for links in feeds."),
    ] = "",
    allow_host: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="NAME", help="A name by which the site may be called. May be given again."
        ),
    ] = None,
    rate: Annotated[
        int, typer.Option(min=0, help="Requests a minute of one client; 0 for no limit.")
    ] = 600,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="Take the client from X-Forwarded-For, which a proxy wrote."
        ),
    ] = False,
    exports: Annotated[
        str,
        typer.Option(
            metavar="FOLDER",
            help="What gatewatch export filled, to serve under /data; - for nothing. Default: the"
            " site keeps data sets abreast of the ledger itself.",
        ),
    ] = "",
    state: StateAt = None,
    collect: Annotated[
        bool,
        typer.Option(
            "--collect", help="Take measurements of probes too: POST /report, as they submit them."
        ),
    ] = False,
    access_log: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="Write a line of JSON about each request; - for standard output."
        ),
    ] = "",
    log_addresses: Annotated[
        bool, typer.Option("--log-addresses", help="Name in such a line who asked.")
    ] = False,
    operator: Annotated[
        str, typer.Option(metavar="NAME", help="Who runs the site, as its pages name them.")
    ] = "",
    contact: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where objections and holes in security are told: mail, or an https:// page.",
        ),
    ] = "",
) -> None:
    """The site: pages for people, an API for programs, feeds. On the ledger as it stands."""
    from gatewatch.query import ledger as reading

    location = ledger_at(ledger)
    reading.open(location)  # a name that leads to no ledger is refused before anybody is served
    if public_url and not public_url.startswith(("http://", "https://")):
        raise UsageError(f"--public-url {public_url!r}: begin it with https:// or http://")
    from gatewatch.site import serving
    from gatewatch.site.settings import LOOPBACK, SiteSettings

    own = state_at(state, location)
    settings = SiteSettings(
        ledger=location,
        state=own,
        public_url=public_url,
        hosts=tuple(allow_host or []),
        rate=rate,
        behind_proxy=behind_proxy,
        collect=collect,
        exports="" if exports == "-" else exports or str(own / _EXPORTS),
        access_log=access_log,
        log_addresses=log_addresses,
        operator=operator,
        contact=contact,
    )
    if host not in LOOPBACK and not operator:
        note(
            "Nobody is named on /about: --operator and --contact say who runs this.", to=sys.stdout
        )
    _free(host, port)
    address = f"http://{host}:{port}/"
    note(f"Gatewatch serves {location} at {address}\n  Ctrl-C ends it", to=sys.stdout)
    application = "gatewatch.cli.commands.serve:application"
    serving.run(settings, application, host=host, port=port, workers=workers)


def application() -> "ASGIApp":
    """The site with all that it writes with; each worker makes its own."""
    from gatewatch.exports.keeping import Keeper
    from gatewatch.pipeline.collector import Collector
    from gatewatch.pipeline.following.followers import Followers
    from gatewatch.pipeline.inbox import Inbox
    from gatewatch.pipeline.tokens import Tokens
    from gatewatch.pipeline.visits import checked
    from gatewatch.site import serving
    from gatewatch.site.app import build
    from gatewatch.site.writing import Collecting, Writing

    settings = serving.told()
    inbox, followers = Inbox(settings.state), Followers(settings.state)
    collector = Collector(settings.state) if settings.collect else None
    collecting = None
    if collector is not None:
        collecting = Collecting(open=collector.open, add=collector.add, close=collector.close)

    def tend() -> None:
        inbox.fold(settings.ledger, finished=True)
        if collector is not None:
            collector.fold(settings.ledger, _ingested)

    folder = settings.state / _EXPORTS
    keeper = Keeper(settings.ledger, folder) if settings.exports == str(folder) else None
    return build(
        settings,
        Writing(
            accept=inbox.accept,
            owner=Tokens(settings.state).owner,
            subscribe=followers.subscriptions.add,
            subscriptions=followers.subscriptions.all,
            remove=followers.subscriptions.remove,
            resume=followers.deliveries.resume,
            status=followers.delivery_log.status,
            dead=followers.delivery_log.dead,
            feed=followers.feed,
            followed=followers.subscriptions.services,
            tend=tend,
            collecting=collecting,
            publish=keeper.tend if keeper else None,
            close=keeper.close if keeper else None,
            checked=lambda: checked(settings.state),
        ),
        warmed=True,
    )


def _ingested(location: str, file: str) -> None:
    """Strangers' measurements are read in by a process that ends: what they take is given back, and
    a worker goes on answering. GatewatchError if that fails; they wait for another time then."""
    import subprocess
    import sys

    from gatewatch.errors import GatewatchError

    command = [sys.executable, "-c", _INGEST, location, file]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace")[-400:]
        raise GatewatchError(f"measurements that probes sent cannot be read in: {why}")


def _free(host: str, port: int) -> None:
    """Say at once, in words, that a port is taken."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise UsageError(
                f"cannot listen on {host}:{port}: {fault.strerror}; name another with --port"
            ) from fault
