"""The picture of a case: five lanes, always in one order, drawn from data for any span of days.

Obligations, claims, listings, network, reports. Numbers on marks lead to the steps; the day asked
about is the only heavy line. What is not sure has brackets, dots or hatching; a lane never vanishes
for want of data.
"""

from datetime import date

from gatewatch.cases.case import Case
from gatewatch.draw import marks
from gatewatch.draw.case.framing import frame
from gatewatch.errors import needs

_COLOURS = {"light": marks.LIGHT, "dark": marks.DARK}


def svg(case: Case, *, today: date | None = None, narrow: bool = False, theme: str = "") -> str:
    """The picture as SVG, 1000 pixels wide, or 390 with days running down if `narrow`.

    Lines that are still open end with `today`, where it lies in the picture. `theme`, light or dark,
    writes colours in for renderers that know no variables.
    """
    if narrow:
        from gatewatch.draw.case.turned import drawing
    else:
        from gatewatch.draw.case.wide import drawing
    found = drawing(case, today)
    return marks.resolved(found, _COLOURS[theme]) if theme else found


def html(case: Case) -> str:
    """A page that stands alone: sentence, picture, steps, who disagrees, sources."""
    from gatewatch.draw.case import document as case_page

    return case_page.html(case)


def png(picture: str, scale: float = 2) -> bytes:
    """An SVG with its colours written in, as PNG."""
    with needs("draw"):
        import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=scale))


__all__ = ["frame", "html", "png", "svg"]
