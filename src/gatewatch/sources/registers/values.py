"""What one value of a cell names: a host, a page, an address, and what surely is the name of one.

What no list means by a name is refused with the reason: words, files, addresses that nobody holds.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.unread import SENTENCE, may_name
from gatewatch.sources.registers import labels
from gatewatch.sources.registers.networks import NOBODYS, V4_NETWORK

_BETWEEN_HOSTS = re.compile(r"[\s;|]")
PATTERN = re.compile(
    r"(?:(?:\*|https?)://)?(\*\.)?([^/*\s]+)/\*|\|\|([^/^*\s]+)\^(?:\$[\w~,=.-]+)?"
)
"""Renderings of hosts for browsers: match patterns (`*://*.x/*`) and filter rules (`||x^`)."""
_V4 = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?")
_V6_PORTED = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d+)?")
_OTHER_END = re.compile(r"(?i)[^/]/\.[a-z]{2,}(?:[\s/,]|$)")
"""`example.com/.net`: the same name under another top-level domain."""
_AUTHORITY = re.compile(r"[/?#\\]")
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_SCHEME_ALONE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\s*")
MAIL = re.compile(r"(?i)(?:mailto:)?[\w.+-]+@[\w.-]+")
_COPY = re.compile(r"(?i)^web\.archive\.org/web/\d+[a-z_]*/https?:/")
_ADDRESSES = frozenset({Kind.IP, Kind.CIDR})
_HANGING = re.compile(rf"([a-z0-9-]*)({SENTENCE.pattern})([a-z0-9-]*)")
_WORD_BEFORE = re.compile(rf"{labels.AND_WITHOUT_BLANKS.pattern}|网站|域名|网址")
SURE_NAME = re.compile(
    r"(?i)(?:https?://)?(?:[\w-]+\.)+([\w-]*[^\W\d_][\w-]*)(?::\d+)?/?|https?://[^\s/]+/\S*"
)
_RESERVED = frozenset({"example", "test", "invalid"})
"""Top-level domains of RFC 2606, in which nobody's site is meant."""
_HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9_-]+\.)*[a-z0-9_-]+")
_OWN = frozenset({"localhost", "localdomain"})
FILES = frozenset(
    {
        *("asp", "aspx", "cfm", "cgi", "csv", "doc", "docx", "exe", "gif", "htm", "html", "jpeg"),
        *(
            "jpg",
            "js",
            "json",
            "jsp",
            "mp3",
            "mp4",
            "odt",
            "ods",
            "pdf",
            "php",
            "png",
            "rar",
            "rtf",
        ),
        *("shtml", "svg", "txt", "xhtml", "xls", "xlsx", "xml"),
    }
)
"""What names of files end in, and no name of a host does."""
NO_ENDS = FILES | _OWN
ALSO_FILES = frozenset({"do", "mov", "pl", "pm", "ps", "py", "rs", "sh", "so", "zip"})
"""Top-level domains in which names of files end too: behind a host they are read as such."""
_PAGES_OF_PERSONS = re.compile(
    r"(?i)(?:https?://)?(?:(?:www|m|web|mobile|\w\w(?:-\w\w)?)\.)?"
    r"(?:(?:facebook|fb|instagram|twitter|x|tiktok|youtube|vk|linkedin|pinterest|medium|snapchat|"
    r"github|reddit|soundcloud|weibo)\.com|(?:t|telegram|wa|line)\.me|threads\.net|ok\.ru|"
    r"twitch\.tv|discord\.gg|behance\.net)/[^\s/]+(?:/\S*)?"
)
"""Sites of which what stands behind the stroke is somebody's name there, with dots at will."""
_ESCAPED = re.compile(r"(?<![\\:/])\\[nrt](?=[\w-]+\.\w)")
"""The end of a line as a program writes it, or a stroke before a name that begins so."""
_MIDDLE_SIGNS = frozenset("\u2022\u2027\u22c5")
"""Browsers take them for letters of a name, and no registry does."""


def stroked(bare: str) -> list[str]:
    """The names of which a text is made that parts them by strokes; none if it may be a page."""
    if "://" in bare or not ("/" in bare or "\\" in bare) or _ESCAPED.search(bare):
        return []
    if _PAGES_OF_PERSONS.fullmatch(bare):
        return []
    names = [name for name in re.split(r"[/\\]+", bare) if name]
    ends = {name.rpartition(".")[2].lower() for name in names[1:]}
    if len(names) < 2 or ends & (FILES | ALSO_FILES) or not all(map(surely_named, names)):
        return []
    return [] if all(map(_V4.fullmatch, names)) else names


def surely_named(word: str) -> bool:
    if _V4.fullmatch(word) or V4_NETWORK.fullmatch(word):
        return True
    found = SURE_NAME.fullmatch(word)
    last = found and found[1]
    return bool(found) and (
        last is None or last.lower() in _RESERVED or selector.is_top_level(last.lower())
    )


def _selector(text: str) -> Selector:
    """Told apart by its look. The address of a site's root names the site."""
    named = selector.named(text.partition("#")[0] or text)
    if named.kind == Kind.URL:
        _refuse_several(text)
        return _site(named, text)
    return _checked(named, text)


def _refuse_several(text: str) -> None:
    """Refuse what only looks like a page: a name behind a blank, a last label behind a stroke."""
    bare = text.strip()
    if _ESCAPED.search(bare) or PATTERN.fullmatch(bare):
        raise UsageError(f"more than one value: {text[:80]!r}")
    if "://" in text:
        return
    if may_name(bare.partition(" ")[2]) or _OTHER_END.search(bare) or stroked(bare):
        raise UsageError(f"more than one value: {text[:80]!r}")


def _site(named: Selector, text: str) -> Selector:
    scheme, _, rest = named.value.partition("://")
    authority, _, path = rest.partition("/")
    if scheme in {"http", "https", "ftp"} and not path:
        return host(authority)
    return _checked(named, text)


def _url(text: str) -> Selector:
    if "://" not in text and MAIL.fullmatch(text.strip()):
        raise UsageError(f"an address of mail, not a page: {text[:80]!r}")
    if "://" not in text and (_OTHER_END.search(text) or ("\\" in text and stroked(text.strip()))):
        raise UsageError(f"more than one value: {text[:80]!r}")
    return _checked(selector.url(text), text)


def host(text: str) -> Selector:
    """A host with whatever stands around it: a scheme, a login, a page, a port, a stroke."""
    bare = selector.mended(selector.refanged(text))
    if stroked(bare) or _ESCAPED.search(bare) or ("://" not in bare and _OTHER_END.search(bare)):
        raise UsageError(f"more than one value: {text[:80]!r}")
    if "://" not in bare and MAIL.fullmatch(bare):
        raise UsageError(f"an address of mail, not a host: {text[:80]!r}")
    scheme, mark, rest = bare.partition("://")
    if mark and not _SCHEME_ALONE.fullmatch(scheme):
        raise UsageError(f"words before an address: {text[:80]!r}")
    bare = (rest or bare).lstrip("/")
    if _COPY.search(bare):
        raise UsageError(f"a copy of another site: {text[:80]!r}")
    authority, *path = _AUTHORITY.split(bare, maxsplit=1)
    behind = _BETWEEN_HOSTS.split(path[0], maxsplit=1)[1:] if path else []
    if _BETWEEN_HOSTS.search(authority) or any(map(may_name, behind)):
        raise UsageError(f"more than one value: {text[:80]!r}")
    bare = authority.rpartition("@")[2]
    if bare.startswith("["):
        return _address(bare[1:].partition("]")[0])
    if bare.count(":") > 1:
        return _address(bare if bare == authority else authority)
    host, _, port = bare.partition(":")
    if may_name(port):
        raise UsageError(f"more than one value: {text[:80]!r}")
    return _checked(selector.domain(host.strip(".,;")), text)


def _address(text: str) -> Selector:
    ported = _V4.fullmatch(text) or _V6_PORTED.fullmatch(text)
    return _checked(selector.address(ported[1] if ported else text), text)


def _mask(text: str) -> Selector:
    return _checked(
        selector.mask(selector.mended(text).partition("://")[2].rstrip("/") or text), text
    )


def _checked(named: Selector, text: str) -> Selector:
    """Refuse what no list means by a name: words, and addresses that nobody can hold."""
    kind = named.kind
    if kind == Kind.APP:
        return named
    if kind in _ADDRESSES:
        return _held_address(named, text)
    if kind != Kind.URL and not _MIDDLE_SIGNS.isdisjoint(text):
        raise UsageError(f"a sign for a dot, or between values: {text[:80]!r}")
    host = selector.url_host(named.value) if kind == Kind.URL else str(named.host)
    if host.rpartition(".")[2].isdigit() or ":" in host:
        if kind == Kind.URL and host not in text and ":" not in host:
            raise UsageError(f"a number, not an address: {text[:80]!r}")
        return named
    last = host.rpartition(".")[2]
    if (
        last in NO_ENDS
        or len(last) == 1
        or (last[:4] == "xn--" and len(selector.spoken(last)) == 1)
    ):
        raise UsageError(f"an abbreviation or a file, not the name of a host: {text[:80]!r}")
    if not _HOST.fullmatch(host):
        # The rules for URLs take signs for letters of a host that no name server has.
        raise UsageError(f"not the name of a host: {text[:80]!r}")
    if "xn--" in host and _holds_words(host.split(".")):
        raise UsageError(f"words and names without a blank between them: {text[:80]!r}")
    if not has_parent(host) and not _is_suffix(host):
        raise UsageError(f"a word, not the name of a host: {text[:80]!r}")
    return named


def _holds_words(parts: Sequence[str]) -> bool:
    """Whether a text in a language without blanks hangs on a name: behind its last label or a top-
    level domain (`a.example\u548cb.example`), or as a word for *and* before its first."""
    for at, label in enumerate(parts):
        if label[:4] != "xn--":
            continue
        found = _HANGING.fullmatch(selector.spoken(label))
        if found is None or not (found[1] or found[3]):
            continue
        ends = at and selector.is_top_level(found[1])
        if ends or at == len(parts) - 1 or _WORD_BEFORE.fullmatch(found[2]):
            return True
    return False


def _bare_host(host: str) -> str:
    return host.removeprefix("*.").removeprefix("www.")


def has_parent(host: str) -> bool:
    """Whether a host has two labels at least, `*.` and `www.` not counted."""
    return "." in _bare_host(host)


def _held_address(named: Selector, text: str) -> Selector:
    if ":" in named.value:
        first = ipaddress.ip_address(named.value.partition("/")[0])
        if first not in _GLOBAL_V6:
            raise UsageError(
                f"outside of the addresses that are given out (2000::/3): {text[:80]!r}"
            )
    elif NOBODYS.match(named.value):
        raise UsageError(f"an address of no site: {text[:80]!r}")
    return named


def _is_suffix(host: str) -> bool:
    """Whether a single label behind `*.` or `www.` is a top-level domain with sites of its own."""
    label = _bare_host(host)
    return host != label and selector.is_top_level(label)


FIELDS: Mapping[str, Callable[[str], Selector]] = {
    "selector": _selector,
    "site": _selector,
    "host": host,
    "domain": host,
    "mask": _mask,
    "url": _url,
    "ip": _address,
    "app": selector.app,
}
"""How the value of a column may be read. `host` and `domain` are hosts whatever stands behind
them."""
