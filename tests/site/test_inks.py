"""Pages, pictures and the terminal show one state in one ink."""

import re
from collections.abc import Iterator

import pytest

from gatewatch.draw import palette
from gatewatch.model.lane import LaneName
from gatewatch.site.inks import state_class
from gatewatch.site.render import stylesheet
from gatewatch.words.lanes import INKS
from gatewatch.words.states import STATES

_RULE = re.compile(r"([^{}]+)\{([^{}]+)\}")
_INK = r"(?:^|;)\s*{what}:\s*var\(--([a-z0-9-]+)\)"


def _inks(selector: str, what: str) -> Iterator[str]:
    """Of every rule of the stylesheet as it is sent that gives this selector one."""
    for selectors, declared in _RULE.findall(stylesheet().decode()):
        if selector in {one.strip() for one in selectors.split(",")}:
            yield from re.findall(_INK.format(what=what), declared.strip())


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_the_ink_of_the_table(state: str) -> None:
    """Once, so that no other rule says something else, and its class is one name."""
    assert re.fullmatch(r"[A-Za-z_][\w-]*", state_class(state))
    assert list(_inks(f".{state_class(state)}", "color")) == [str(STATES[state].ink)]


@pytest.mark.parametrize("lane", LaneName)
def test_a_lane_has_the_ink_of_the_table(lane: LaneName) -> None:
    """The edge beside it on a page is the rule beside it in a picture."""
    assert list(_inks(f".lanes-now .lane-{lane}", "border-color")) == [str(INKS[lane])]


def test_states_have_classes_of_their_own() -> None:
    """No two states share one, and every ink that rules name is mixed."""
    assert len({state_class(one) for one in STATES}) == len(STATES)
    for ink in re.findall(r"(?:^|[^-])color: var\(--([a-z0-9-]+)\)", stylesheet().decode()):
        assert ink in palette.LIGHT or ink in {"link", "focus", "edge"}
