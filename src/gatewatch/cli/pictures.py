"""Pictures into files, by the ending of their name."""

from pathlib import Path

from gatewatch.errors import UsageError


def draw(svg: str, file: Path) -> None:
    """Write a picture as SVG or PNG."""
    from gatewatch.draw import case as lanes
    from gatewatch.draw import marks

    if file.suffix.lower() == ".png":
        file.write_bytes(lanes.png(marks.resolved(svg, marks.LIGHT)))
    elif file.suffix.lower() == ".svg":
        file.write_text(svg, encoding="utf-8")
    else:
        raise UsageError(f"--plot {str(file)!r}: name a file that ends in .svg or .png")
