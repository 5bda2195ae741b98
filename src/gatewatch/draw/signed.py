"""What stands under a picture that is taken away: where it comes from, of which days it is, and
under which licence. Whoever meets it without its page can go back there."""

import re
from collections.abc import Iterator, Sequence
from html import escape

from gatewatch.draw import marks
from gatewatch.draw.text import SIZE, folded, text, width
from gatewatch.model.redaction import clean

_SIZE = re.compile(r'viewBox="0 0 (\d+) (\d+)" width="\d+" height="\d+"')
_GROUND = re.compile(r'(<rect width="\d+" height=)"\d+"( fill="var\(--paper\)"/>)')
_EDGE, _NARROW_EDGE, _LINE = 24.0, 14.0, 18.0
_NARROW = 400


def signed(svg: str, *, address: str, notes: Sequence[str], rights: str) -> str:
    """A drawing by `marks.frame` with lines under it: the address of its page whole, for it is ours
    and no listed one, then notes. `rights` stands in the metadata too."""
    found = _SIZE.search(svg)
    assert found  # every picture has a frame
    wide, high = int(found[1]), int(found[2])
    edge = _NARROW_EDGE if wide < _NARROW else _EDGE
    room = wide - 2 * edge
    lines = [*_broken(address, room), *(line for note in notes for line in folded(note, room))]
    tall = int(high + _LINE * len(lines) + 16)
    body = [marks.rule(edge, wide - edge, high, "hair", thick=1)]
    body += [text(edge, high + 20 + _LINE * n, line, "m") for n, line in enumerate(lines)]
    size = f'viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}"'
    grown = _GROUND.sub(rf'\1"{tall}"\2', _SIZE.sub(size, svg, count=1), count=1)
    told = _metadata(address, rights)
    head, _, _ = grown.rpartition("</svg>")
    return head.replace("<style>", f"{told}<style>", 1) + "\n".join([*body, "</svg>\n"])


def _metadata(address: str, rights: str) -> str:
    """In the words of the Dublin Core, as programs that keep pictures read it."""
    return (
        '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description>'
        f"<dc:publisher>Gatewatch</dc:publisher><dc:source>{escape(clean(address))}</dc:source>"
        f"<dc:rights>{escape(clean(rights))}</dc:rights></rdf:Description></rdf:RDF></metadata>"
    )


def _broken(address: str, room: float) -> Iterator[str]:
    """An address in lines, between any two signs."""
    line = ""
    for sign in clean(address):
        if line and width(line + sign, size=SIZE) > room:
            yield line
            line = ""
        line += sign
    yield line
