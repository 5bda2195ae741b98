"""Decisions and their enforcement in words."""

from collections.abc import Iterator

from gatewatch.analysis.network.shares import CountedShare
from gatewatch.model import day as dates
from gatewatch.model.documentation import all_invented, marked
from gatewatch.model.message import Message, message
from gatewatch.query.enforcement import Lag
from gatewatch.query.orders import FOLLOWED, NOT_FOLLOWED, Order, OrderListing

_CELLS = {
    FOLLOWED: message("followed"),
    NOT_FOLLOWED: message("not followed"),
}


def cell_word(state: str) -> Message:
    """What a network does with what an order names."""
    return _CELLS.get(state, message("not enough measurements"))


def title(one: Order) -> Message:
    """A decision by its number and its body."""
    if one.body:
        return message("Decision {number}, {body}", number=one.number, body=one.body)
    return message("Decision {number}", number=one.number)


def facts(one: Order) -> Iterator[tuple[Message, Message | str]]:
    """What is known of a decision, each with its name."""
    if one.body:
        yield message("Decided by"), one.body
    if one.dates:
        told = tuple(Message("{day}", {"day": dates.parse(d)}) for d in one.dates)
        yield message("Decided on"), Message("{days}", {"days": told})
    for code, text in one.grounds:
        fine = text and text != code
        yield (
            message("Ground"),
            Message("{code}, {text}", {"code": code, "text": text}) if fine else code,
        )
    for law in one.laws:
        yield message("Law"), law.citation
    if not one.laws and one.register.law:
        yield message("Law"), one.register.law
    if one.expires:
        yield (
            message("Runs out"),
            message("on {day}; ran out, still listed", day=one.expires)
            if one.ran_out
            else message("on {day}", day=one.expires),
        )
    yield message("On the list under it"), standing(one)
    if one.elsewhere:
        yield (
            message("Listed, and no longer under it"),
            message("{count}, under another decision or none", count=one.elsewhere),
        )
    if one.taken_over:
        yield (
            message("Listed before it"),
            message("{count} of {every}", count=len(one.taken_over), every=len(one.listings)),
        )
    for text in dict.fromkeys(law.lifts for law in one.laws if law.lifts):
        yield message("What would lift it"), text


def standing(one: Order) -> Message:
    """How much of all that it ever named stands under it."""
    if one.last_known is None or one.last_known >= one.day:
        return message(
            "{standing} of {n} on {day}",
            "{standing} of {n} on {day}",
            n=len(one.listings),
            standing=one.standing,
            day=one.day,
        )
    return message(
        "{standing} of {n} on {day}, by the list of {known}",
        "{standing} of {n} on {day}, by the list of {known}",
        n=len(one.listings),
        standing=one.standing,
        day=one.day,
        known=one.last_known,
    )


def now_under(one: OrderListing) -> Message:
    """By which decision something stands that came under another than the one told of."""
    if one.decision:
        return message("on the list, now under decision {number}", number=one.decision)
    return message("on the list, no longer under it")


def summary(one: Order) -> Message:
    """The matrix in one line: counts, never a verdict."""
    followed = {c.network for c in one.cells if c.state == FOLLOWED}
    measured = {c.network for c in one.cells if c.state in _CELLS}
    if not measured:
        return message("Nothing that it names was measured near that day.")
    told = message(
        "{followed} of {n} network that measured near that day follows it in something.",
        "{followed} of {n} networks that measured near that day follow it in something.",
        n=len(measured),
        followed=len(followed),
    )
    return marked(told, invented=all_invented(one.networks))


def percent(one: CountedShare) -> str:
    """A share with its interval, in per cent."""
    if one.share is None:
        return "-"
    low, high = one.interval
    return f"{one.share:.0%} [{low:.0%}, {high:.0%}]"


def days(one: Lag) -> str:
    """Days from delisting to access, as medians of what the brackets allow."""
    if one.least is None or one.most is None:
        return "-"
    return f"[{one.least:g}, {one.most:g}]"
