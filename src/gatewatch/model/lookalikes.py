"""Letters of one script that stand in a name of another, because they look alike.

A clerk types them unseen: `c` lies on one key with the Cyrillic letter that looks so. Registries of
most top-level domains give out no such name (IDN tables, ICANN's guidelines 3.0, section 2.5), so
the name in letters of one script may as well be meant.
"""

import re

_LATIN_OF = dict(
    zip(
        "асехіјкмнорѕтуԛԝһвӏαβεζηικμνορτυχ",
        "acexijkmhopstyqwhblabezhikmnoptyx",
        strict=True,
    )
)
"""Cyrillic and Greek letters, small ones that look like a small or a capital letter of Latin."""
_CYRILLIC_OF = dict(zip("aceopxyijskmhtb", "асеорхуіјѕкмнтв", strict=True))
_LABEL = re.compile(r"[\w-]+")
_LATIN = re.compile(r"[a-z]")
_OTHERS = re.compile(r"[\u0370-\u052f]")


def in_one_script(text: str) -> str | None:
    """A text whose names mix Latin with Cyrillic or Greek letters, each of them in the one script
    in which all its letters have a look-alike; None if it has no such name."""
    low = text.lower()
    if low.isascii():
        return None
    other = _LABEL.sub(lambda label: _alike(label[0]), low)
    return other if other != low else None


def _alike(label: str) -> str:
    if not (_LATIN.search(label) and _OTHERS.search(label)):
        return label
    for known, foreign in ((_LATIN_OF, _OTHERS), (_CYRILLIC_OF, _LATIN)):
        spelt = "".join(known.get(sign, sign) for sign in label)
        if not foreign.search(spelt):
            return spelt
    return label
