"""Messages on their way: many at once, to one receiver in order, each answer as it comes."""

import asyncio
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import groupby

import msgspec

from gatewatch.model.event import Event
from gatewatch.model.subscription import MAIL, NO_SERVER, NOTIFY, Subscription
from gatewatch.pipeline import webhook
from gatewatch.pipeline.mail import Mail, Post, Session
from gatewatch.pipeline.notify import Notifier
from gatewatch.pipeline.webhook import Address, WebhookReply
from gatewatch.words.languages import address_of

_WEBHOOKS, _LOOKUPS, _OTHERS = 64, 32, 4
"""At once: webhooks, look-ups of names, and connections for mail and for the operator's own
targets."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One event to one receiver. `name` is the same however often it is sent."""

    to: Subscription
    name: str
    event: Event

    def links(self, base: str) -> list[str]:
        """The page that tells more, and further ones, in the language of who reads it."""
        paths = (self.event.path, *self.event.links)
        return [base + address_of(self.to.language, path) for path in paths]


Answered = tuple[Letter, WebhookReply]


class Sender:
    """Where messages leave, by kind of target."""

    def __init__(
        self,
        *,
        post: Post | None,
        base: str,
        allowed: Callable[[Address], bool],
        notifier: Notifier,
    ) -> None:
        self._post, self._base, self._allowed, self._notifier = post, base, allowed, notifier

    def send(self, letters: Sequence[Letter], now: datetime) -> list[Answered]:
        """As `each`, all of them."""
        return list(self.each(letters, now))

    def each(self, letters: Sequence[Letter], now: datetime) -> Iterator[Answered]:
        """What became of each that was sent. One that does not arrive keeps those behind it, of the
        same receiver, from being sent."""
        by_one = _by_receiver(letters)
        signed = [part for part in by_one if part[0].to.signed]
        others = [part for part in by_one if not part[0].to.signed]
        answers: queue.SimpleQueue[Answered | BaseException | None] = queue.SimpleQueue()

        def ended(work: Callable[[], None]) -> None:
            try:
                work()
            except BaseException as fault:  # noqa: BLE001 - handed to whoever waits
                answers.put(fault)
            finally:
                answers.put(None)

        works: list[Callable[[], None]] = []
        if signed:
            works.append(lambda: asyncio.run(self._webhooks(signed, now, answers.put)))
        shares = [others[n::_OTHERS] for n in range(min(_OTHERS, len(others)))]
        works += [partial(self._others, share, now, answers.put) for share in shares]
        if not works:
            return
        with ThreadPoolExecutor(len(works), thread_name_prefix="follow") as pool:
            for work in works:
                pool.submit(ended, work)
            left = len(works)
            while left:
                answer = answers.get()
                if answer is None:
                    left -= 1
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    yield answer

    async def _webhooks(
        self,
        parts: Sequence[Sequence[Letter]],
        now: datetime,
        answer: Callable[[Answered], None],
    ) -> None:
        room = asyncio.Semaphore(_WEBHOOKS)
        # Not waited for at the end: one that hangs in the look-up of a name is left behind.
        lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")

        bodies: dict[int, bytes] = {}
        """By event: many get the same."""

        async def to_one(part: Sequence[Letter]) -> None:
            for one in part:
                if id(one.event) not in bodies:
                    bodies[id(one.event)] = body_of(one, self._base)
                async with room:
                    reply = await webhook.post(
                        one.to.target,
                        one.name,
                        bodies[id(one.event)],
                        one.to.secret,
                        allowed=self._allowed,
                        now=now,
                        resolving=lookups,
                    )
                answer((one, reply))
                if not reply.arrived:
                    return

        try:
            await asyncio.gather(*(to_one(part) for part in parts))
        finally:
            lookups.shutdown(wait=False)

    def _others(
        self,
        parts: Sequence[Sequence[Letter]],
        now: datetime,
        answer: Callable[[Answered], None],
    ) -> None:
        with ExitStack() as stack:
            session = stack.enter_context(self._post.session()) if self._post else None
            for part in parts:
                for one in part:
                    reply = self._to_other(one, session, now)
                    answer((one, reply))
                    if not reply.arrived:
                        break

    def _to_other(self, one: Letter, session: Session | None, now: datetime) -> WebhookReply:
        target, links = one.to.target, one.links(self._base)
        if target.startswith(NOTIFY):
            return self._notifier.send(target.removeprefix(NOTIFY), one.event, links)
        if session is None:
            return WebhookReply(None, NO_SERVER.id)
        mail = Mail(
            to=target.removeprefix(MAIL),
            name=one.name,
            event=one.event,
            links=links,
            sent=now,
            first=message_name(one.to.id, one.event.amends) if one.event.amends else "",
        )
        return session.send(mail)


def _by_receiver(letters: Sequence[Letter]) -> list[list[Letter]]:
    """Those of one subscription together, in their order; that of whose first comes first."""
    places = {one.to.id: n for n, one in reversed(list(enumerate(letters)))}
    ordered = sorted(letters, key=lambda one: places[one.to.id])
    return [list(part) for _, part in groupby(ordered, key=lambda one: one.to.id)]


def message_name(subscription: str, event: str) -> str:
    """The id of a message: the same for the same event, whenever it is sent."""
    return "msg_" + blake2b(f"{subscription} {event}".encode(), digest_size=12).hexdigest()


def body_of(one: Letter, base: str) -> bytes:
    """The body of a webhook."""
    event, (url, *links) = one.event, one.links(base)
    told = {**msgspec.to_builtins(event), "url": url, "links": links}
    return msgspec.json.encode(
        {"type": f"gatewatch.{event.kind}", "timestamp": event.at, "data": told}
    )
