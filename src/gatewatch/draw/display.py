"""How a notebook displays answers and cases: by the same renderers as the page and the picture."""

from gatewatch.cases.case import Case
from gatewatch.model.display import page, picture
from gatewatch.query.check import Answer


@picture.register
def _(one: Case) -> str | None:
    from gatewatch.draw.case import svg

    return svg(one, theme="light")


@page.register
def _(one: Case) -> str | None:
    from gatewatch.draw.case import html

    return html(one)


@picture.register
def _(one: Answer) -> str | None:
    """The listings that met what was asked, over their time; None where nothing met it."""
    from gatewatch.draw.listings import listings
    from gatewatch.model.redaction import defanged, value

    met = [match.listing for by in one.registers for match in by.matches]
    if not met:
        return None
    reach = {by.register: (by.first, by.last) for by in one.registers if by.first and by.last}
    title = defanged(value(one.selector, withhold=True))
    return listings(title, met, dict(one.declared), reach)
