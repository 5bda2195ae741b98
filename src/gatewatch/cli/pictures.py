"""Pictures into files, by the ending of their name."""

from collections.abc import Callable
from pathlib import Path

from gatewatch.errors import UsageError

KINDS = (".svg", ".png")


def ending(name: str, kinds: tuple[str, ...] = KINDS) -> Path:
    """A file for a picture, whose ending says what is written; UsageError for another ending."""
    file = Path(name)
    if file.suffix.lower() not in kinds:
        known = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
        raise UsageError(f"--plot {name!r}: name a file that ends in {known}")
    return file


def draw(svg: str, file: Path) -> None:
    """Write a picture as SVG or PNG."""
    from gatewatch.draw import palette
    from gatewatch.draw.png import png

    if file.suffix.lower() == ".png":
        write(lambda: png(palette.resolved(svg, "light")), file)
    else:
        write(svg.encode, file)


def write(made: Callable[[], bytes], file: Path) -> None:
    """Write what is made; UsageError where the file cannot be written."""
    content = made()
    try:
        file.write_bytes(content)
    except OSError as fault:
        raise UsageError(f"--plot: {file} cannot be written: {fault.strerror}") from fault
