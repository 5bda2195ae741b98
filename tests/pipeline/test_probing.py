"""A round of own measurements: what each that ends says, and of whom."""

import msgspec
import pytest

from gatewatch.pipeline.probing import ProbeRound, _note
from gatewatch.probe.methods import UNJUDGED


@pytest.mark.parametrize("test", sorted({*UNJUDGED, "web_connectivity"}))
def test_a_fault_of_this_program_ends_its_own_measurement_alone(test: str) -> None:
    """Whatever was measured: it is counted, and nothing is made of a result that never was."""
    keys = {"x_interrupted": True, "x_fault": "KeyError: 'rows'"}
    line = msgspec.json.encode(
        {"test_name": test, "input": "https://a.example/", "test_keys": keys}
    )
    done = ProbeRound()
    _note(line, done)
    assert done.faults == {"KeyError: 'rows'": 1}
    assert done.looked == []
    assert all(one.state == "insufficient" for one in done.verdicts)
