"""serve: the site, for people and programs."""

from typing import TYPE_CHECKING

from gatewatch.cli.options import ledger_at, state_at
from gatewatch.errors import UsageError
from gatewatch.query import ledger as reading

if TYPE_CHECKING:
    from litestar.types import ASGIApp


def run(
    ledger: str | None,
    *,
    host: str,
    port: int,
    workers: int,
    public_url: str,
    allow: list[str],
    rate: int,
    behind_proxy: bool,
    exports: str,
    state: str | None,
) -> None:
    """Serve until interrupted."""
    from gatewatch.site import serving
    from gatewatch.site.settings import Settings

    location = ledger_at(ledger)
    reading.open(location)  # a name that leads to no ledger is refused before anybody is served
    if public_url and not public_url.startswith(("http://", "https://")):
        raise UsageError(f"--public-url {public_url!r}: begin it with https:// or http://")
    settings = Settings(
        ledger=location,
        state=state_at(state, location),
        public_url=public_url,
        hosts=tuple(allow),
        rate=rate,
        behind_proxy=behind_proxy,
        exports=exports,
    )
    _free(host, port)
    print(f"Gatewatch serves {location} at http://{host}:{port}/  (Ctrl-C ends it)", flush=True)
    serving.run(settings, "gatewatch.cli.serve:application", host=host, port=port, workers=workers)


def application() -> "ASGIApp":
    """The site with all that it writes with; each worker makes its own."""
    from gatewatch.pipeline import watch
    from gatewatch.pipeline.alerts import Alerts
    from gatewatch.pipeline.inbox import Inbox
    from gatewatch.pipeline.tokens import Tokens
    from gatewatch.site import serving
    from gatewatch.site.app import build
    from gatewatch.site.writing import Writing

    settings = serving.told()
    inbox, alerts = Inbox(settings.state), Alerts(settings.state)
    return build(
        settings,
        Writing(
            accept=inbox.accept,
            owner=Tokens(settings.state).owner,
            subscribe=alerts.subscribe,
            subscriptions=alerts.subscriptions,
            remove=alerts.remove,
            tend=lambda: inbox.fold(settings.ledger),
            checked=lambda: watch.checked(settings.state),
        ),
    )


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
