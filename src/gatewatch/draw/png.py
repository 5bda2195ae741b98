"""Pictures as PNG, for slides and papers."""

import subprocess
import sys

from gatewatch.errors import needs

_PATIENCE = 20.0


def png(picture: str, scale: float = 2) -> bytes:
    """An SVG with its colours written in, as PNG. Fonts are those of the system, Han included where
    it has any."""
    with needs("draw"):
        import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=scale))


def png_apart(picture: str) -> bytes:
    """The same by a process of its own: half a second in which no other thread of this one could go
    on, for the renderer keeps Python's lock, and memory that is given back.

    Raises subprocess.SubprocessError if it fails or takes more than 20 seconds.
    """
    with needs("draw"):
        import resvg_py  # noqa: F401 - its absence is told here, in words

    command = [sys.executable, "-m", "gatewatch.draw.png"]
    done = subprocess.run(
        command, input=picture.encode(), capture_output=True, check=True, timeout=_PATIENCE
    )
    return done.stdout


if __name__ == "__main__":
    sys.stdout.buffer.write(png(sys.stdin.buffer.read().decode()))
