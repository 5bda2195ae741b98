"""A badge for a status page: a service's state in a country, in two words and a colour that repeats
them."""

from html import escape

from gatewatch.cases.case import Case
from gatewatch.draw import palette
from gatewatch.draw.text import width
from gatewatch.model.message import message
from gatewatch.model.redaction import clean
from gatewatch.words import say
from gatewatch.words.cases import title, told_by
from gatewatch.words.states import look

_HIGH, _PAD, _SIZE = 24.0, 9.0, 13.0


def badge(one: Case, language: str = "en") -> str:
    """As SVG. A state that no evidence of the day bears out says by what it is told."""
    name = say(title(one), language)
    state = look(str(one.state))
    word = say(state.word, language)
    if by := told_by(one):
        word = say(message("{state}, {by}", state=state.word, by=by), language)
    left, right = (width(part, size=_SIZE) + 2 * _PAD for part in (name, word))
    whole = left + right
    ink = f"var(--{state.ink})"
    label = escape(clean(f"{name}: {word}"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:.0f}" height="{_HIGH:.0f}" '
        f'role="img" aria-label="{label}"><title>{label}</title><style>{palette.style()}</style>'
        f'<rect width="{whole:.0f}" height="{_HIGH:.0f}" rx="4" fill="var(--paper)" stroke="{ink}"/>'
        f'<path d="M{left:.1f} 0V{_HIGH:.0f}" stroke="{ink}"/>'
        f'<g font-family="system-ui, sans-serif" font-size="{_SIZE:.0f}" fill="var(--ink)">'
        f'<text x="{_PAD:.0f}" y="16.5">{escape(clean(name))}</text>'
        f'<text x="{left + _PAD:.1f}" y="16.5" font-weight="600" fill="{ink}">{escape(clean(word))}</text>'
        "</g></svg>\n"
    )
