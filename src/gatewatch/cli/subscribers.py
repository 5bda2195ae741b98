"""The alerts of a site, as `alerts` and `watch` open them."""

from gatewatch import config
from gatewatch.cli.options import ledger_at, state_at
from gatewatch.pipeline.alerts import Alerts
from gatewatch.pipeline.mail import Post
from gatewatch.pipeline.webhook import Address, public


def alerts_of(ledger: str | None, state: str | None, *, private: bool, base: str = "") -> Alerts:
    """Alerts with the mail server that the environment names."""
    server = config.mail_server()
    return Alerts(
        state_at(state, ledger_at(ledger)),
        post=Post(*server) if server else None,
        base=base.rstrip("/"),
        allowed=_anywhere if private else public,
    )


def _anywhere(_: Address) -> bool:
    """For those whose every subscriber is themselves."""
    return True
