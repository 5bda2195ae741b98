"""A sentence as data: what is to be said, before anybody knows in which language.

Query, cases and analysis make messages; faces say them (words.say). The id is the English sentence
with named places, and so the msgid of the translations.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeAlias, Union

import msgspec

from gatewatch.model.day import Day
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Bracket

Param: TypeAlias = Union[
    str, int, float, date, datetime, Day, Bracket, Jurisdiction, "Message", tuple["Message", ...]
]
"""What fills a place. Text is a proper name or a quotation and is said as it stands; all else is
written after the customs of the language."""


class Message(msgspec.Struct, frozen=True):
    """One sentence, or a part of one that stands in another."""

    id: str
    """The English sentence with named places: `Listed when last published, {day}`."""
    params: dict[str, Param]
    plural: str = ""
    """The English sentence for more than one, chosen by the parameter `n`."""

    def plain(self) -> str:
        """In English with days as ISO 8601, for what programs read. Faces say it in a language."""
        one = self.plural and self.params["n"] != 1
        return (self.plural if one else self.id).format(
            **{name: _plain(value) for name, value in self.params.items()}
        )


def _plain(value: Param) -> str:
    if isinstance(value, Message):
        return value.plain()
    if isinstance(value, tuple):
        return ", ".join(one.plain() for one in value)
    if isinstance(value, Bracket):
        after, by = (
            side.isoformat(timespec="minutes") if side else ".." for side in (value.after, value.by)
        )
        return f"[{after}, {by}]".replace("+00:00", "Z")
    return value.text if isinstance(value, Day) else str(value)


def recognised(text: str, sentences: Iterable[Message]) -> Message | None:
    """Of which of these sentences a stored text was made, whose places are numbers; None if of
    none. For what a ledger keeps in English and a page says in the reader's language."""
    for one in sentences:
        *fixed, last = _PLACE.split(one.id)[::2]
        rest, numbers = text, list[int]()
        for part in fixed:
            digits = _NUMBER.match(rest, len(part)) if rest.startswith(part) else None
            if digits is None:
                break
            numbers.append(int(digits[0].replace(",", "")))
            rest = rest[digits.end() :]
        else:
            if rest == last:
                return Message(one.id, dict(zip(_PLACE.findall(one.id), numbers, strict=True)))
    return None


_NUMBER = re.compile(r"[0-9][0-9,]*")
_PLACE = re.compile(r"\{([a-z_]+)\}")


def message(id: str, plural: str = "", /, **params: Param) -> Message:  # noqa: A002 - gettext's word
    """What gettext's extraction looks for; the id and the plural stand here as literals."""
    assert not plural or isinstance(params.get("n"), int), f"{id!r} counts nothing"
    return Message(id, params, plural)
