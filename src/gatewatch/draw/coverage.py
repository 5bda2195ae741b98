"""What was measured along time: coverage, silence, and episodes with their brackets."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from gatewatch.draw import marks
from gatewatch.draw.scale import Scale
from gatewatch.model.episode import Episode, Silence
from gatewatch.words.states import Ink

TALL = 24.0
_DOTS = 34.0
_DAY = timedelta(days=1)


def coverage(
    measured: Mapping[date, int], silences: Iterable[Silence], scale: Scale, top: float
) -> list[str]:
    """Hatching, and over it the days with measurements: the more networks, the higher the ground.
    Where volume was expected and did not come there is a dashed frame."""
    parts = [marks.hatched(scale.left, scale.right, top + 3, top + TALL - 3)]
    most = max(measured.values(), default=1)
    for first, last, networks in _runs(measured):
        x0, x1 = scale.start(first), scale.end(last)
        share = networks / most
        middle = top + TALL - 3 - (2 + 5 * share) / 2
        parts.append(marks.box(x0, x1, top + TALL / 2, "paper", half=TALL / 2 - 3))
        parts.append(marks.measured(x0, x1, middle, share))
    for one in silences:
        x0, x1 = scale.start(one.first), scale.end(one.last)
        parts.append(
            f'<rect x="{x0:.1f}" y="{top + 2:.1f}" width="{x1 - x0:.1f}" height="{TALL - 4:.1f}" '
            'fill="none" stroke="var(--grey)" stroke-width="2" stroke-dasharray="3 2.5"/>'
        )
    return parts


def _runs(measured: Mapping[date, int]) -> Iterator[tuple[date, date, int]]:
    """Days after each other with the same number of networks, as one."""
    run: tuple[date, date, int] | None = None
    for day, networks in sorted(measured.items()):
        if run and run[2] == networks and day - run[1] == _DAY:
            run = (run[0], day, networks)
            continue
        if run:
            yield run
        run = (day, day, networks)
    if run:
        yield run


def block(scale: Scale, y: float, one: Episode) -> str:
    """An episode: solid where it surely lasted, brackets where its ends may lie, dots without an
    end."""
    x0, x1 = scale.at(one.onset_earliest), scale.at(one.onset_latest)
    x2 = max(scale.at(one.resolution_earliest), x1)
    ended = one.resolution_latest
    end = scale.at(ended) if ended else min(x2 + _DOTS, scale.right)
    return (
        marks.rule(x1, max(x2, x1 + 2), y, Ink.ACCESS, thick=7)
        + marks.bracket(x0, x1, y, Ink.ACCESS, opens=True, closes=False)
        + marks.box(x0, x1, y, "tint-access", half=6)
        + marks.cap(x0, y, Ink.ACCESS, opening=True)
        + marks.bracket(x2, max(end, x2), y, Ink.ACCESS, opens=False, closes=ended is not None)
    )
