"""A news text to a file of proposed claims: the way from `sources` to a person's review."""

from datetime import date

from gatewatch.catalogue import facts
from gatewatch.sources.articles.proposal import ArticleReading
from gatewatch.sources.articles.propose import read
from gatewatch.sources.articles.review import review
from gatewatch.sources.articles.text import article


def propose(
    data: bytes,
    *,
    published: date | None = None,
    language: str | None = None,
    publisher: str = "",
    url: str = "",
    title: str = "",
    soft: bool = False,
) -> tuple[ArticleReading, str]:
    """What a text seems to claim, and the file to review as TOML. `soft`: warnings, announcements
    and denials too."""
    found = article(data, language)
    reading = read(found, facts.load().services, published, soft=soft)
    source = {
        "publisher": publisher or "unknown",
        "url": url,
        "title": title or found.title or found.paragraphs[0][:80],
    }
    return reading, review(reading, source, published)
