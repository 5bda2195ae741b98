"""What registers alone say, as a pipe of plain lines is told it."""

import pytest
from tests.conftest import DEMO

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.query import ledger as reading
from gatewatch.query.check import Answer, check_each
from gatewatch.query.ledger import Ledger
from gatewatch.query.registered import Refused, on_registers

NAMES = [
    "wechat.com",
    "www.wechat.com",
    "https://wechat.com/en/",
    "*.wechat.com",
    "other.wechat.com",
    "unlisted.example",
    "no selector",
    "203.0.113.7",
    "203.0.113.0/24",
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The demo's register."""
    location = str(tmp_path_factory.mktemp("registered") / "ledger")
    pipeline.ingest(location, catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"))
    return reading.open(location)


@pytest.mark.parametrize("day", ["2017-05-04", "2017-05-08", "2017-05-14", "2030-01-01"])
@pytest.mark.parametrize("names", [NAMES, *([name] for name in NAMES)])
def test_a_pipe_is_told_what_a_page_is_told(ledger: Ledger, names: list[str], day: str) -> None:
    """Leaving out the other layers changes no word of what registers say."""
    moment, place = Moment.parse(day), Jurisdiction.parse("RU")
    piped = on_registers(ledger, names, moment, place)
    joined = check_each(ledger, names, moment, place)
    assert len(piped) == len(joined) == len(names)
    for one, other in zip(piped, joined, strict=True):
        if isinstance(one, Refused) or isinstance(other, Refused):
            assert one == other
            assert one.asked == "no selector"
        else:
            assert isinstance(other, Answer)
            assert (one.asked, one.selector, one.state) == (
                other.asked,
                other.selector,
                other.state,
            )
            assert one.registers == other.registers
            assert one.declared == other.declared
