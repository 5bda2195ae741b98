"""Messages in the English of the terminal: days and times stay as ISO 8601 writes them."""

from datetime import date, datetime

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.model.day import Day
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, Param
from gatewatch.model.moment import Bracket


def say(message: Message) -> str:
    """One message, its places filled."""
    many = bool(message.plural) and message.params["n"] != 1
    text = message.plural if many else message.id
    return text.format_map({name: _Place(value) for name, value in message.params.items()})


class _Place:
    """A value where it stands. Forms such as `{place:in}` are for languages that decline."""

    def __init__(self, value: Param) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        return _written(self._value)


def _written(value: Param) -> str:
    match value:
        case Message():
            return say(value)
        case tuple():
            return ", ".join(say(one) for one in value)
        case Jurisdiction():
            return country(value.code)
        case Bracket():
            return f"[{_time(value.after)}, {_time(value.by)}] UTC"
        case datetime():
            return f"{_time(value)} UTC"
        case Day():
            return value.text or "a day not known"
        case date():
            return value.isoformat()
        case int() | float():
            return f"{value:,}"
        case _:
            return value


def _time(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M}" if when else ".."
