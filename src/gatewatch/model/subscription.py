"""Who wants to be told of what, and where."""

import ipaddress
from datetime import datetime
from hashlib import blake2b

import msgspec

from gatewatch.model.event import Event
from gatewatch.model.message import Message, message, recognised
from gatewatch.model.selector import Kind, Selector, from_key, url_host

FEED = "feed:"
"""A target that sends nothing: who follows reads a feed."""
NOTIFY = "notify:"
"""A target that the operator named in a file of their own: chat, paging, push."""
MAIL = "mailto:"


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events are wanted. Things (services, domains, addresses, networks): about any of them,
    if any is named. All else narrows: what is empty is not asked about."""

    services: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    """Each with all that lies beneath it, and the masks that cover it."""
    addresses: tuple[str, ...] = ()
    """Addresses and prefixes: what is listed within them, or contains them."""
    networks: tuple[int, ...] = ()
    """Autonomous systems."""
    registers: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def of_things(self) -> bool:
        """Whether it names things, and not only where to look for them."""
        return bool(self.services or self.domains or self.addresses or self.networks)

    def takes(self, event: Event) -> bool:
        """Whether an event is one of those."""
        asked = (
            (self.registers, (event.register,)),
            (self.jurisdictions, (event.jurisdiction,)),
            (self.authorities, event.authorities),
            (self.laws, event.laws),
            (self.kinds, (event.kind,)),
        )
        if not all(not wanted or any(v in wanted for v in values) for wanted, values in asked):
            return False
        return self._of(event) if self.of_things else not event.one_of_many

    def _of(self, event: Event) -> bool:
        if event.service in self.services or any(
            f"service:{one}" in event.about for one in self.services
        ):
            return True
        if any(f"as:{one}" in event.about for one in self.networks):
            return True
        about = [from_key(one) for one in event.about if not one.startswith(("service:", "as:"))]
        return any(meets(domain, one) for domain in self.domains for one in about) or any(
            overlap(address, one.value)
            for address in self.addresses
            for one in about
            if one.kind in {Kind.IP, Kind.CIDR}
        )


def meets(domain: str, selector: Selector) -> bool:
    """Whether a selector names a domain, lies beneath it, or is a mask that covers it."""
    if selector.kind == Kind.MASK:
        apex = selector.value[2:]
        return _beneath(apex, domain) or domain.endswith(f".{apex}")
    if selector.kind == Kind.DOMAIN:
        return _beneath(selector.value, domain)
    return selector.kind == Kind.URL and _beneath(url_host(selector.value), domain)


def _beneath(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def overlap(one: str, other: str) -> bool:
    """Whether two addresses or prefixes share an address."""
    first, second = ipaddress.ip_network(one), ipaddress.ip_network(other)
    return first.version == second.version and first.overlaps(second)


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """`target` is an https address, `mailto:` and a mail address, `feed:`, or `notify:` and a name
    of the operator's own. `secret` signs what a webhook gets."""

    id: str
    owner: str
    target: str
    wish: Wish
    secret: str
    made_at: datetime
    paused: str | None = None
    """Why nothing is sent any more; None while it is."""
    name: str = ""
    """What its owner calls it."""
    language: str = "en"
    source: str = ""
    """The inventory that declares it."""

    @property
    def by_mail(self) -> bool:
        return self.target.startswith(MAIL)

    @property
    def signed(self) -> bool:
        """Whether its target checks signatures."""
        return self.target.startswith(("https://", "http://"))


def parts(wish: Wish) -> list[str]:
    """What it asks for, each as people write it; none where it asks for everything."""
    found = [*wish.services, *wish.domains, *wish.addresses]
    found += [f"AS{one}" for one in wish.networks]
    rest = (wish.registers, wish.jurisdictions, wish.authorities, wish.laws, wish.kinds)
    return [*found, *(one for names in rest for one in names)]


class FollowStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one subscription fares: messages told, waiting to be sent, given up."""

    subscription: Subscription
    told: int
    waiting: int
    dead: int
    last_sent: datetime | None


class DeadLetter(msgspec.Struct, frozen=True):
    """A message that was given up."""

    at: datetime
    subscription: str
    target: str
    name: str
    title: str
    reason: str


ANSWERED = message("it answered {status}")
SLOW = message("it took longer than {seconds} seconds")
NO_SERVER = message("no mail server is named: set GATEWATCH_SMTP and GATEWATCH_MAIL_FROM")
UNDELIVERED = message("Apprise could not deliver it")


def why_not_sent(kept: str) -> Message | str:
    """A kept reason for a message that was not sent; text of a library or a server stays text."""
    return recognised(kept, (ANSWERED, SLOW, NO_SERVER, UNDELIVERED)) or kept


def feed_key(one: Subscription) -> str:
    """What the address of a subscription's feed holds, so that nobody guesses it."""
    return blake2b(f"feed {one.secret}".encode(), digest_size=12).hexdigest()


def feed_path(one: Subscription, form: str = "atom") -> str:
    """Where its feed is read."""
    return f"/feeds/follow/{one.id}/{feed_key(one)}.{form}"
