"""Text as it was before programs and typesetters wrote its signs in their own way."""

import re
from html.entities import html5

OUTER = ' \t\r\n\xa0"\u00ab\u00bb\u201e\u201c\u201d'
_SINGLE_QUOTES = "'`\u201a\u2018\u2019"
"""A single quote alone may be the end of a URL."""
_SPACE = re.compile(r"(?:&nbsp;|&#160;|[\s\xa0\u2007\u202f])+")
_SHEET_CHARACTER = re.compile(r"(?i)_x00([0-9a-f]{2})_")
"""A sign that XML cannot hold, as workbooks write it (ECMA-376 part 1, 22.9.2.19)."""
_WIDE_SCHEME = "\uff1a\uff0f\uff0f"
_WIDE_ASCII = {0xFF01 + n: chr(0x21 + n) for n in range(94)}
_TURKISH_I = "\u0130"
_HOST_PART = re.compile(r"(?:(?<=://)|(?<![\w./?#=&%-]))[\w.-]+")
"""Names in a cell; none of what stands behind a stroke is one."""
_SINGLE_BYTE = (
    *("windows-1251", "windows-1252", "windows-1250", "windows-1253", "windows-1254"),
    "windows-1257",
)
_ESCAPED_BYTE = re.compile(rb"\\x([0-9a-f]{2})")
_CHARACTER = re.compile(r"&(?:#(?:(\d{2,6})|[xX]([0-9a-fA-F]{2,5}))|([a-zA-Z]{2,24}));")


def as_typed(text: str) -> str:
    """Text as it was before programs wrote its signs in their own way: in codes of a workbook, in
    letters as wide as Chinese ones, as UTF-8 that was read in an encoding of single bytes."""
    text = _SHEET_CHARACTER.sub(lambda code: chr(int(code[1], 16)), text)
    if _WIDE_SCHEME in text:
        text = text.translate(_WIDE_ASCII)
    if _TURKISH_I in text:
        text = _HOST_PART.sub(lambda host: host[0].replace(_TURKISH_I, "i"), text)
    return text if text.isascii() else _read_anew(text)


def _read_anew(text: str) -> str:
    """Text whose bytes are UTF-8 after all. Two letters at least: one may be so by accident."""
    for encoding in _SINGLE_BYTE:
        # What the encoding has no sign for stands as its byte, be it a control or an escape.
        data = text.encode(encoding, "backslashreplace")
        try:
            told = _ESCAPED_BYTE.sub(lambda byte: bytes([int(byte[1], 16)]), data).decode()
        except UnicodeDecodeError:
            continue
        letters = [sign for sign in told if not sign.isascii()]
        if len(letters) > 1 and b"\\u" not in data and all(map(str.isprintable, letters)):
            return told
    return text


def tidy(text: str) -> str:
    """Text without what is only typography: outer quotes, hard blanks, doubled blanks."""
    bare = _CHARACTER.sub(_character, text) if "&" in text and ";" in text else text
    bare = _SPACE.sub(" ", bare).strip(OUTER)
    paired = len(bare) > 1 and bare[0] in _SINGLE_QUOTES and bare[-1] in _SINGLE_QUOTES
    return bare.strip(_SINGLE_QUOTES).strip() if paired else bare


def _character(reference: re.Match[str]) -> str:
    """A character that a page's author wrote by its number or its name."""
    if reference[3]:
        return html5.get(f"{reference[3]};", reference[0])
    number = int(reference[1]) if reference[1] else int(reference[2], 16)
    return chr(number) if 32 <= number < 0x30000 or number in {9, 10, 13} else reference[0]
