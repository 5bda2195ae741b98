"""A parameter that an endpoint does not know is refused by the API and changes no page."""

import pytest
from tests.site.served import Served


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/services?x=1",
        "/api/v1/changes?sinc=2020-01-01",
        "/api/v1/check?selector=wechat.com&asof=2020-01-01",
        "/api/v1/measurements?probe=IR",
        "/api/v1/cases/wechat/RU?limit=3",
    ],
)
def test_the_api_names_what_it_does_not_know(site: Served, path: str) -> None:
    """With the one that was meant, where it can be told."""
    reply = site.get(path)
    assert reply.status_code == 400
    name = path.rpartition("&")[2].rpartition("?")[2].partition("=")[0]
    assert repr(name) in reply.json()["detail"]
    if name == "sinc":
        assert "is since meant?" in reply.json()["detail"]


@pytest.mark.parametrize("path", ["/cases", "/feeds/all.atom", "/picture/compare/RU-CN.svg"])
def test_a_page_is_the_same_whatever_else_is_asked(site: Served, path: str) -> None:
    """To the byte and the tag: so nobody fills a cache by making parameters up."""
    times = "valid_at=2017-06-01&as_of=2017-06-01&recorded_by=2040-01-01"
    one, other = site.get(f"{path}?{times}"), site.get(f"{path}?{times}&utm_source=x&y=2")
    assert one.status_code == 200
    assert (one.content, one.headers["etag"]) == (other.content, other.headers["etag"])
