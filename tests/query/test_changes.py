"""A page of changes is read from the ledger, and is what reading all of them would show."""

from collections import Counter
from collections.abc import Callable

import pytest

import gatewatch
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.query.changes import ChangeList, changes


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"register": "cz-mfcr"},
        {"since": "2020-01-01", "until": "2023-06-01"},
        {"valid_at": "2021-01-01"},
        {"as_of": "2023-03-04", "jurisdiction": "CZ"},
    ],
)
def test_every_slice_is_that_of_the_whole(
    held: Callable[[str], gatewatch.Ledger], how: dict[str, str]
) -> None:
    """Newest first, in the same order, with the same removals that entries tell of themselves; and
    the counts by day are those of all."""
    ledger = held("cz-mfcr")
    moment = Moment.parse(how.get("valid_at"), how.get("as_of"))
    given = {
        "since": how.get("since"),
        "until": how.get("until"),
        "standing": "valid_at" in how,
    }
    asked = (ledger, how.get("register"), moment, Jurisdiction.parse_any(how.get("jurisdiction")))
    whole = changes(*asked, **given)[::-1]  # type: ignore[arg-type]
    listed = ChangeList(*asked, **given)  # type: ignore[arg-type]
    assert len(listed) == len(whole)
    assert len(whole) > 10
    for part in (slice(0, 7), slice(5, 5), slice(3, 40), slice(-9, None), slice(0, None)):
        assert listed[part] == whole[part]
    told = Counter((one.register, one.at.date(), str(one.change.op)) for one in whole)
    assert listed.counts() == told
