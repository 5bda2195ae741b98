"""Who follows what, as `follow` and `watch` open it."""

from gatewatch import config
from gatewatch.cli.options import ledger_at, state_at
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.mail import Post
from gatewatch.pipeline.webhook import Address, public


def followers_of(
    ledger: str | None, state: str | None, *, private: bool, base: str = ""
) -> Followers:
    """Subscriptions with the mail server and the targets that the environment names."""
    server = config.mail_server()
    return Followers(
        state_at(state, ledger_at(ledger)),
        post=Post(*server) if server else None,
        base=base.rstrip("/"),
        allowed=_anywhere if private else public,
    )


def _anywhere(_: Address) -> bool:
    """For those whose every subscriber is themselves."""
    return True
