"""How others write days, places and services in the cells of their tables.

A cell is a person's: a day in any order, two countries in one, a company's full name. What cannot
be told for sure is none, and the row says so.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from gatewatch.catalogue import jurisdictions, vocabulary
from gatewatch.catalogue.facts import Catalogue

DAY_FIRST, MONTH_FIRST = "day first", "month first"
_EXCEL = date(1899, 12, 30)
_SERIALS = range(36_526, 73_051)
"""Day numbers of a spreadsheet from 2000 to 2099."""
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?")
_WORDED = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s-]+)?(?P<m>[a-z]{3,9})\.?[\s-]+"
    r"(?:(?P<e>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<y>\d{4}|\d{2})",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MOST_MONTHS = 12
_PARTS = re.compile(r"\s*(?:[,;/\n\r|]|(?:^|\s)(?:and|&)(?:\s|$))\s*", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\n\r]+")
_LONGEST_NAME = 400
"""Of a place or a service, with its brackets. What is longer is no name."""
_BRACKETED = re.compile(r"\s*[\[(]([^\])]*)[\])]\s*")
_FORMAL = re.compile(
    r"^(?:the\s+)?(?:(?:islamic|federal|democratic|people's|bolivarian|united|socialist|plurinational"
    r"|arab|federative|kingdom|state|union)\s+)*(?:republic|kingdom|state|federation)?\s*(?:of\s+)?(?:the\s+)?",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"[\s,]+(?:inc|llc|l\.l\.c|ltd|limited|corp|corporation|co|company|gmbh|plc|s\.?a|b\.?v|fz-?llc|pte"
    r"|ireland|international|platforms|holdings?|technologies|services)\.?$",
    re.IGNORECASE,
)


def day_of(text: str, order: str = "") -> str:
    """A day or a month as EDTF: from ISO, a moment, a spreadsheet's number, words, or numbers of
    which one can only be the day. `order` tells which comes first in 3/4/2021; without it, or where
    no day can be told, nothing."""
    bare = " ".join(text.split())
    if (met := _SERIAL.fullmatch(bare)) and int(met[1]) in _SERIALS:
        return (_EXCEL + timedelta(days=int(met[1]))).isoformat()
    if met := _ISO.match(bare):
        return _edtf(met[1], int(met[2]), met[3] or "")
    if met := _DOTTED.match(bare):
        return _edtf(met[3], int(met[2]), met[1])
    if met := _SLASHED.match(bare):
        return _slashed(met, order)
    if met := _WORDED.match(bare):
        month = next((n for n, m in enumerate(_MONTHS, 1) if met["m"].lower().startswith(m)), 0)
        return _edtf(met["y"], month, met["d"] or met["e"] or "")
    return ""


def order_of(cells: Iterable[str]) -> str:
    """Which of day and month comes first in the cells of one column, as those show that can only be
    read one way; nothing if they do not, or contradict each other."""
    found = set()
    for cell in cells:
        if met := _SLASHED.match(cell.strip()):
            first, second = int(met[1]), int(met[2])
            if max(first, second) > _MOST_MONTHS:
                found.add(DAY_FIRST if first > second else MONTH_FIRST)
    return found.pop() if len(found) == 1 else ""


def _slashed(met: re.Match[str], order: str) -> str:
    first, second = int(met[1]), int(met[2])
    if first > _MOST_MONTHS or first == second or (order == DAY_FIRST and second <= _MOST_MONTHS):
        return _edtf(met[3], second, met[1])
    if second > _MOST_MONTHS or order == MONTH_FIRST:
        return _edtf(met[3], first, met[2])
    return ""


def _edtf(year: str, month: int, number: str) -> str:
    full = int(year) if len(year) > len("21") else 2000 + int(year)
    try:
        known = date(full, month, int(number or 1))
    except ValueError:
        return ""
    return known.isoformat() if number else f"{full:04}-{month:02}"


def code_of(place: str) -> str:
    """The ISO code of one place by its English name, an official one or its code, or nothing."""
    text = " ".join(place.split())
    if len(text) > _LONGEST_NAME:
        return ""
    if len(text) == len("RU") and jurisdictions.is_code(text.upper()):
        return text.upper()
    low = text.replace("\u2019", "'").casefold()
    if known := vocabulary.codes().get(text) or _by_name().get(low):
        return known
    bare = _BRACKETED.sub(" ", text).strip()
    if bare != text:
        return code_of(bare)
    head, comma, _ = text.partition(", ")
    plain = head if comma and "republic" in low else _FORMAL.sub("", text)
    return code_of(plain) if plain and plain != text else ""


def codes_of(cell: str) -> tuple[list[str], list[str]]:
    """The codes of the places that a cell names, and the names of which nothing is known."""
    return _each(cell, code_of)


def services_of(cell: str, catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """The services that a cell names, and the names of which nothing is known."""
    return _each(cell, lambda name: service_named(catalogue, name))


def _each(cell: str, known: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """What is known of a cell as a whole, or of each of its parts."""
    cell = _BLANKS.sub(" ", cell)
    if whole := known(cell):
        return [whole], []
    parts = [part for part in _PARTS.split(cell) if part]
    found = {part: known(part) for part in parts}
    return (
        list(dict.fromkeys(one for one in found.values() if one)),
        [part for part, one in found.items() if not one],
    )


def service_named(catalogue: Catalogue, name: str) -> str:
    """The id of a service by any of its names, alone, in brackets or as its company's: "Google LLC
    [YouTube]", "Twitter, Inc."; or nothing."""
    text = " ".join(name.split()).strip(" .,;")
    if len(text) > _LONGEST_NAME:
        return ""
    within = _BRACKETED.search(text)
    bare = _BRACKETED.sub(" ", text).strip() if within else text
    for one in filter(None, (text, within and within[1], bare)):
        shorter = one.strip()
        while shorter:
            if known := catalogue.by_name.get(shorter.casefold()):
                return known
            cut = _COMPANY.sub("", shorter)
            shorter = cut if cut != shorter else ""
    return ""


def _by_name() -> Mapping[str, str]:
    """Codes by the names of the CLDR in small letters."""
    return jurisdictions.codes_by_name()
