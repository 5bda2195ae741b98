"""One site's followers: who they are, what is news to them, how it gets to them."""

import secrets
from collections.abc import Callable
from pathlib import Path

from gatewatch.model.event import Event
from gatewatch.model.subscription import Subscription, feed_key
from gatewatch.pipeline import durable, mail
from gatewatch.pipeline.following import former
from gatewatch.pipeline.following.deliveries import Deliveries
from gatewatch.pipeline.following.delivery_log import DeliveryLog
from gatewatch.pipeline.following.follow_file import FILE, FORM
from gatewatch.pipeline.following.news_queue import NewsQueue
from gatewatch.pipeline.following.subscriptions import Subscriptions
from gatewatch.pipeline.notify import Notifier
from gatewatch.pipeline.sending import Sender
from gatewatch.pipeline.webhook import Address, public


class Followers:
    """What one file keeps of them, by what it is about. Every call opens the file anew: workers and
    threads share nothing."""

    def __init__(
        self,
        folder: Path,
        *,
        post: mail.Post | None = None,
        base: str = "",
        allowed: Callable[[Address], bool] = public,
        notifier: Notifier | None = None,
    ) -> None:
        self.mails = post is not None
        """Whether a server is named by which mail leaves."""
        self.base = base
        """Where the site is, for links in messages; they are paths where it is not named."""
        file, targets = folder / FILE, notifier or Notifier()
        former.take_over(folder)
        durable.make(file, FORM)
        self.subscriptions = Subscriptions(file, allowed=allowed, notifier=targets)
        self.news = NewsQueue(file)
        sender = Sender(post=post, base=base, allowed=allowed, notifier=targets)
        self.deliveries = Deliveries(file, self.subscriptions, sender)
        self.delivery_log = DeliveryLog(file, self.subscriptions)

    def feed(self, name: str, key: str) -> tuple[Subscription, list[Event]] | None:
        """A subscription by its id and the key of its feed, with what it was told; None for a wrong
        key."""
        for one in self.subscriptions.all():
            if one.id == name and secrets.compare_digest(feed_key(one), key):
                return one, self.news.told(one.id)
        return None


def exists(folder: Path) -> bool:
    """Whether anybody ever followed anything here."""
    return (folder / FILE).exists() or (folder / former.FORMER).exists()
