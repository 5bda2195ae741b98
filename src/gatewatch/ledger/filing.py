"""How keys of `selectors` are kept: names of hosts backwards, so that all beneath a domain stand
side by side and are found by where they begin, without reading the others.

Ledgers of before 26 November 2026 hold names as they are spoken; both forms may stand in one, told
apart by the case of their first letter.

A URL is found by its host, and its host by the entry's own domain or address where it names that
too: keys that would find nothing more are not kept (a third of the index of a register of URLs).
Older ledgers hold them, and answer alike: what an entry lists is told by its events.
"""

from collections.abc import Container, Iterable, Iterator, Sequence

from gatewatch.model.selector import url_host

HOSTS = ("d:", "m:", "h:")
"""How keys begin that are names of hosts, and no more."""
_KEPT = tuple(mark.upper() for mark in HOSTS)
_FEW_KEYS = 256
_MOST_SPANS = 16
"""More names would be as many scans of the index: then all of it is read once."""
_MARKS = "('{}')".format("', '".join(HOSTS))
_KEPT_MARKS = "('{}')".format("', '".join(_KEPT))
_TURNED = "array_to_string(list_reverse(string_split(lookup[3:], '.')), '.')"
KEY = (
    f"""CASE WHEN lookup[:2] IN {_KEPT_MARKS} THEN lower(lookup[:2]) || {_TURNED} ELSE lookup END"""
)
"""SQL for the key that a row is kept under."""
OLDER = " UNION ALL ".join(
    f"(SELECT 1 FROM selectors WHERE lookup >= '{mark}' AND lookup < '{mark[0]};' LIMIT 1)"
    for mark in HOSTS
)
"""SQL that gives a row where a ledger holds names as they are spoken."""


def kept(key: str) -> str:
    """A key as it is kept: `D:com.example.www` for `d:www.example.com`."""
    return f"{key[:2].upper()}{_turned(key[2:])}" if key.startswith(HOSTS) else key


def key_of(found: str) -> str:
    """The key that is kept so."""
    return f"{found[:2].lower()}{_turned(found[2:])}" if found.startswith(_KEPT) else found


def finding(key: str) -> tuple[str, ...]:
    """Keys of which an entry is filed under one at least, where it lists what a key stands for."""
    if key.startswith("u:"):
        return key, *finding(f"h:{url_host(f'http://{key[2:]}')}")
    return (key, f"d:{key[2:]}", f"i:{key[2:]}") if key.startswith("h:") else (key,)


def needed(keys: Iterable[str], among: Container[str]) -> Iterator[str]:
    """Of an entry's keys those that it has to be filed under, `among` all of its keys."""
    for key in keys:
        _, *others = finding(key)
        if not any(other in among for other in others):
            yield key


def either(keys: Iterable[str]) -> list[str]:
    """Keys that find what others stand for, in each form in which a ledger may hold them."""
    found = (way for key in keys for way in finding(key))
    return list(dict.fromkeys(form for key in found for form in (key, kept(key))))


def is_few(keys: Sequence[str], suffixes: Sequence[str]) -> bool:
    """Whether `scan` is the way to find them."""
    return len(keys) <= _FEW_KEYS and len(suffixes) <= _MOST_SPANS


def scan(keys: Sequence[str], suffixes: Sequence[str]) -> tuple[str, dict[str, str]]:
    """SQL for the rows under some keys and of all names that end with one of some suffixes, in
    either form, and the values that it takes.

    Bounds are told for the older form too: where a ledger has none of it, hardly a row group is
    read."""
    values = {f"key{n}": key for n, key in enumerate(keys)}
    found = [f"lookup IN ({', '.join(f'${name}' for name in values)})"] if keys else ["false"]
    for n, suffix in enumerate(suffixes):
        values[f"suffix{n}"] = suffix
        for mark, ((low, first), (high, end)) in _bounds(n, suffix).items():
            values[low], values[high] = first, end
            found += [
                f"(lookup >= ${low} AND lookup < ${high})",
                f"(lookup >= '{mark}' AND lookup < '{mark[0]};' AND ends_with(lookup, $suffix{n}))",
            ]
    return f"SELECT lookup, register, entry FROM selectors WHERE {' OR '.join(found)}", values


def _bounds(number: int, suffix: str) -> dict[str, tuple[tuple[str, str], tuple[str, str]]]:
    """For each mark the names of two values and the keys between which names with a suffix are
    kept."""
    begin = _turned(suffix)
    return {
        mark: (
            (f"low{number}{mark[0].upper()}", f"{mark.upper()}{begin}"),
            (f"high{number}{mark[0].upper()}", f"{mark.upper()}{begin[:-1]}/"),
        )
        for mark in HOSTS
    }


def spans(suffixes: Sequence[str], *, older: bool) -> tuple[str, dict[str, str]]:
    """SQL for the rows of all names that end with one of some suffixes, each with its suffix as
    `e`, and the values that it takes. `older`: also where they are kept as they are spoken."""
    values: dict[str, str] = {}
    found = ["SELECT lookup, register, entry, '' AS e FROM selectors WHERE false"]
    if len(suffixes) > _MOST_SPANS:
        backwards = "(SELECT unnest($suffixes) AS e)"
        found.append(
            f"SELECT lookup, register, entry, e FROM selectors, {backwards} WHERE "
            f"lookup[:2] IN {_KEPT_MARKS} AND ends_with({KEY}, e)"
        )
    else:
        for n, suffix in enumerate(suffixes):
            values[f"suffix{n}"] = suffix
            for (low, first), (high, end) in _bounds(n, suffix).values():
                values[low], values[high] = first, end
                found.append(
                    f"SELECT lookup, register, entry, $suffix{n} AS e FROM selectors "
                    f"WHERE lookup >= ${low} AND lookup < ${high}"
                )
    if older:
        found.append(
            "SELECT lookup, register, entry, e FROM selectors, (SELECT unnest($suffixes) AS e) "
            f"WHERE lookup[:2] IN {_MARKS} AND ends_with(lookup, e)"
        )
    return " UNION ALL ".join(found), values


def _turned(name: str) -> str:
    return ".".join(reversed(name.split(".")))
