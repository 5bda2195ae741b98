"""The picture of a case: five lanes, always in one order, drawn from data for any span of days.

Obligations, claims, listings, network, reports. Numbers on marks lead to the steps; the day asked
about is the only heavy line. What is not sure has brackets, dots or hatching; a lane never vanishes
for want of data.
"""

import re
from datetime import date

from gatewatch.cases.case import Case
from gatewatch.draw import palette
from gatewatch.draw.png import png

_LINK = re.compile(r"</?a\b[^>]*>")


def svg(
    case: Case,
    *,
    today: date | None = None,
    narrow: bool = False,
    theme: str = "",
    language: str = "en",
    linked: bool = False,
) -> str:
    """The picture as SVG, 1000 pixels wide, or 390 with days running down if `narrow`.

    Lines that are still open end with `today`, where it lies in the picture. `theme`, light or
    dark, writes colours in for renderers that know no variables. `linked` is for a page that has a
    table of the steps and says the answer above it: numbers lead there, and nothing is told twice.
    """
    if narrow:
        from gatewatch.draw.case import narrow as narrowly

        found = narrowly.drawing(case, today, language, alone=not linked)
    else:
        from gatewatch.draw.case.wide import drawing

        found = drawing(case, today, language, alone=not linked)
    # What a reader can act on is no image for those who hear it, but a group.
    found = found.replace('role="img"', 'role="group"', 1) if linked else _LINK.sub("", found)
    return palette.resolved(found, theme) if theme else found


def html(case: Case, language: str = "en") -> str:
    """A page that stands alone: sentence, picture, steps, who disagrees, sources."""
    from gatewatch.draw.case import document

    return document.html(case, language)


__all__ = ["html", "png", "svg"]
