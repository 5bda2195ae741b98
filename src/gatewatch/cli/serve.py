"""serve: the site, for people and programs."""

from pathlib import Path
from typing import TYPE_CHECKING

from gatewatch.cli.options import ledger_at
from gatewatch.errors import UsageError

if TYPE_CHECKING:
    from litestar.types import ASGIApp


def run(
    ledger: str | None, *, host: str, port: int, workers: int, public_url: str, allow: list[str], rate: int,
    behind_proxy: bool, exports: str, state: str | None,
) -> None:  # fmt: skip
    """Serve until interrupted."""
    from gatewatch.publish.site import serving
    from gatewatch.publish.site.settings import Settings

    location = ledger_at(ledger)
    if public_url and not public_url.startswith(("http://", "https://")):
        raise UsageError(f"--public-url {public_url!r}: begin it with https:// or http://")
    settings = Settings(
        ledger=location, state=Path(state) if state else _state_of(location), public_url=public_url,
        hosts=tuple(allow), rate=rate, behind_proxy=behind_proxy, exports=exports,
    )  # fmt: skip
    _free(host, port)
    print(f"Gatewatch serves {location} at http://{host}:{port}/  (Ctrl-C ends it)", flush=True)
    serving.run(settings, "gatewatch.cli.serve:application", host=host, port=port, workers=workers)  # fmt: skip


def application() -> "ASGIApp":
    """The site with an inbox for reports; each worker makes its own."""
    from gatewatch.pipeline.inbox import Inbox
    from gatewatch.publish.site import serving
    from gatewatch.publish.site.app import build

    settings = serving.told()
    inbox = Inbox(settings.state)
    return build(settings, accept=inbox.accept, tend=lambda: inbox.fold(settings.ledger))


def _state_of(location: str) -> Path:
    """Beside a ledger on this machine; else in the user's own folder."""
    if "://" in location:
        from platformdirs import user_state_path

        return user_state_path("gatewatch") / "site"
    whole = Path(location).resolve()
    return whole.with_name(f"{whole.name}-site")


def _free(host: str, port: int) -> None:
    """Say at once, in words, that a port is taken."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise UsageError(f"cannot listen on {host}:{port}: {fault.strerror}; name another with --port") from fault  # fmt: skip
