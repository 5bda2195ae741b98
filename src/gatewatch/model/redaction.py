"""What is shown of addresses: broken up so that none is a live link, paths withheld by ground."""

import re
import unicodedata

from gatewatch.model.entry import Entry
from gatewatch.model.register import Redaction
from gatewatch.model.selector import Kind, Selector

WITHHELD = "[path withheld by ground]"
_LOGIN = re.compile(r"([/\\]{2})[^/\\\s@]*@")
_ANY_PATH = re.compile(r"(\w\.\w[\w-]*(?::\d+)?)[/\\?][^\s;,|]+")
"""Behind a name with a dot, whatever stands before it."""
_PATH = re.compile(r"(://[^/\s'\"<\]]+/)[^\s'\"<\]]+")


def withholds(entry: Entry, rule: Redaction) -> bool:
    """Whether the path of this entry's URLs is withheld."""
    return rule.withhold_paths and entry.ground not in rule.shown_grounds


def value(selector: Selector, *, withhold: bool) -> str:
    """A selector as data: whole, or with its path withheld."""
    if selector.kind == Kind.UNREAD:
        return unread(selector.value, withhold=withhold)
    if selector.kind == Kind.URL and withhold:
        scheme, _, rest = selector.value.partition("://")
        host, _, path = rest.partition("/")
        return f"{scheme}://{host}/{WITHHELD if path else ''}"
    return selector.value


def unread(text: str, *, withhold: bool) -> str:
    """What a register says that could not be read: without logins, and the paths of its addresses
    withheld where those of URLs are."""
    bare = _LOGIN.sub(r"\1", text)
    return _ANY_PATH.sub(rf"\1/{WITHHELD}", bare) if withhold else bare


def running_text(text: str, *, withhold: bool) -> str:
    """Text in which addresses may stand: whole, or with their paths withheld."""
    return _PATH.sub(rf"\1{WITHHELD}", text) if withhold else text


def defanged(text: str) -> str:
    """An address for people: never clickable, never taken for an order to a terminal."""
    scheme, mark, rest = text.partition("://")
    if mark:
        host, slash, path = rest.partition("/")
        return clean(f"{scheme.replace('http', 'hxxp')}://{host.replace('.', '[.]')}{slash}{path}")
    return clean(text.replace(".", "[.]") if not text.replace(".", "").isdigit() else text)


def clean(text: str) -> str:
    """Text from a register without control characters, so that it cannot drive a terminal. Blanks
    of any width are none: a number in Russian has some that do not break."""
    if text.isprintable():  # as nearly all is, and a page has thousands of letters
        return text
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else f"\\x{ord(c):02x}"
        for c in text
    )
