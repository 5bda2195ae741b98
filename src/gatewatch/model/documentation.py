"""Numbers that stand for no network at all, so that what is made for show can say so."""

from collections.abc import Iterable

from gatewatch.model.message import Message, message

RESERVED = (range(64496, 64512), range(65536, 65552))
"""Autonomous system numbers for use in documentation: RFC 5398."""

INVENTED = message("invented for show, nobody measured or sent it")
"""Beside one thing that rests on such alone."""
ALL_INVENTED = message("All that it rests on was invented for show: nobody measured or sent it.")
"""The same as a sentence."""
DEMO = message(
    "This is a demo: measurements and reports of networks AS64496 to AS64511 were invented. "
    "Nobody measured or sent those, and they move no state."
)
"""Over what rests on such among others."""


def all_invented(networks: Iterable[int | None]) -> bool:
    """Whether all of some networks are numbers of documentation: nobody measured or reported
    there."""
    numbers = set(networks)
    return bool(numbers) and all(n is not None and any(n in r for r in RESERVED) for n in numbers)


def marked(said: Message, *, invented: bool) -> Message:
    """A phrase or a sentence, and that what it rests on is invented for show, if it is."""
    if not invented:
        return said
    if said.id.endswith("."):
        return Message("{sentence} {more}", {"sentence": said, "more": ALL_INVENTED})
    return message("{first}; {second}", first=said, second=INVENTED)
