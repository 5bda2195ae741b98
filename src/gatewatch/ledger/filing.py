"""How keys of `selectors` are kept: names of hosts backwards, so that all beneath a domain stand
side by side and are found by where they begin, without reading the others.

Ledgers of before 26 November 2026 hold names as they are spoken; both forms may stand in one, told
apart by the case of their first letter.
"""

from collections.abc import Iterable, Sequence

HOSTS = ("d:", "m:", "h:")
"""How keys begin that are names of hosts, and no more."""
_KEPT = tuple(mark.upper() for mark in HOSTS)
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


def either(keys: Iterable[str]) -> list[str]:
    """Keys in each form in which a ledger may hold them."""
    return list(dict.fromkeys(form for key in keys for form in (key, kept(key))))


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
            begin = _turned(suffix)
            for mark in _KEPT:
                low, high = f"low{n}{mark[0]}", f"high{n}{mark[0]}"
                values[low], values[high] = mark + begin, f"{mark}{begin[:-1]}/"
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
