"""The colours of states and lanes on pages, as rules made from the tables that pictures and the
terminal read too: `words/states.py` and `words/lanes.py`."""

import re
from collections.abc import Iterator, Mapping

from gatewatch.words.lanes import INKS
from gatewatch.words.states import STATES, Ink

_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def state_class(state: str) -> str:
    """The class of an element that shows a state: its machine's word, as one name of CSS."""
    return _NO_NAME.sub("_", state)


def rules() -> str:
    """One rule an ink: the words of states in it, and the edges of lanes."""
    states = {f".{state_class(name)}": seen.ink for name, seen in STATES.items()}
    lanes = {f".lanes-now .lane-{name}": ink for name, ink in INKS.items()}
    return "\n".join([*_rules("color", states), *_rules("border-color", lanes)])


def _rules(what: str, inks: Mapping[str, Ink]) -> Iterator[str]:
    for ink in Ink:
        if named := [selector for selector, its in inks.items() if its == ink]:
            yield f"{', '.join(named)} {{ {what}: var(--{ink}) }}"
