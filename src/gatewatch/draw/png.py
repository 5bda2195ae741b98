"""Pictures as PNG, for slides and papers."""

from gatewatch.errors import needs


def png(picture: str, scale: float = 2) -> bytes:
    """An SVG with its colours written in, as PNG. Fonts are those of the system, Han included where
    it has any."""
    with needs("draw"):
        import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=scale))
