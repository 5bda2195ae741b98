"""What is to be measured: URLs, files of them, the Citizen Lab's test lists."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gatewatch.errors import SourceError, UsageError
from gatewatch.probe.target import Target

_COLUMN = "url"


class ProbeInput(msgspec.Struct, frozen=True):
    """A URL, with the category that a list gives it (a code of the Citizen Lab's), if any."""

    url: str
    category: str = ""


def url_of(text: str) -> str:
    """A URL as it is measured: a bare host stands for its page over https. Raises UsageError."""
    whole = text if "://" in text else f"https://{text}/"
    target = Target.parse(whole)
    if target is None:
        raise UsageError(f"{text!r} is neither a host nor an http:// or https:// URL")
    return target.url


def of_file(file: Path) -> list[ProbeInput]:
    """The URLs of a file: a line each, `#` beginning a remark; or a CSV with a column `url`, and
    `category_code` where it has one. Lines that are no URL are refused, with their number."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise SourceError(f"{file}: {getattr(fault, 'strerror', None) or fault}") from None
    head = text.partition("\n")[0].lower().split(",")
    if _COLUMN in [name.strip() for name in head]:
        rows = _table(file, text)
    else:
        rows = [(number, line, "") for number, line in enumerate(text.splitlines(), 1)]
    found: list[ProbeInput] = []
    for number, line, category in rows:
        plain = line.partition("#")[0].strip() if not category else line.strip()
        if not plain:
            continue
        try:
            found.append(ProbeInput(url_of(plain), category.strip()))
        except UsageError as fault:
            raise UsageError(f"{file}:{number}: {fault}") from None
    return found


def _table(file: Path, text: str) -> list[tuple[int, str, str]]:
    """Line, URL and category of each row, whatever the case of the columns' names."""
    read = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    read.fieldnames = [name.strip().lower() for name in read.fieldnames or ()]
    try:
        return [
            (read.line_num, row.get(_COLUMN) or "", row.get("category_code") or "") for row in read
        ]
    except csv.Error as fault:
        raise UsageError(f"{file}:{read.line_num}: {fault}") from None


def chosen(inputs: Iterable[ProbeInput], without: Iterable[str]) -> list[ProbeInput]:
    """Each URL once, those of some categories left out."""
    left_out = {code.strip().upper() for code in without}
    kept = (one for one in inputs if one.category.upper() not in left_out)
    return list({one.url: one for one in kept}.values())
