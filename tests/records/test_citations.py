"""Citations hold what bibliographies need, whatever a title is made of."""

import json
import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gatewatch.records.citations import PageCitation

DAY = date(2017, 5, 8)


def _cited(title: str, language: str = "en") -> PageCitation:
    return PageCitation(
        title=title,
        url="https://example.org/case/wechat/RU?valid_at=2017-05-08&as_of=2026-01-01",
        day=DAY,
        read=date(2026, 1, 1),
        note="State of 8 May 2017",
        language=language,
    )


def test_a_citation_names_title_day_and_address() -> None:
    cited = _cited("WeChat in Russia")
    assert cited.bibtex.startswith("@misc{gatewatch-wechat-in-russia-20170508,\n")
    assert "  title = {WeChat in Russia},\n" in cited.bibtex
    assert "  urldate = {2026-01-01},\n" in cited.bibtex
    (item,) = json.loads(cited.csl)
    assert item["title"] == "WeChat in Russia"
    assert item["issued"] == {"date-parts": [[2026, 1, 1]]}
    assert item["note"] == "State of 8 May 2017"
    assert item["URL"] == cited.url


@given(st.text(min_size=1, max_size=100))
def test_no_title_breaks_the_entry(title: str) -> None:
    cited = _cited(title, "zh")
    bare = re.sub(r"\\text\w+\{\}|\\[&%$#_{}]", "", cited.bibtex)
    assert bare.count("{") == bare.count("}")
    assert re.fullmatch(r"gatewatch-[a-z0-9-]*-20170508", cited.key)
    assert json.loads(cited.csl)[0]["title"] == title
