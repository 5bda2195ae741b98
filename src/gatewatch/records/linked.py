"""Records as linked data, in the words of schema.org: https://schema.org/Claim."""

from typing import Any

from gatewatch.cases.case import Case


def claim(one: Case, *, url: str, language: str, title: str, headline: str) -> dict[str, Any]:
    """A case as a claim of this record, with each source that it rests on as an appearance."""
    return {
        "@context": "https://schema.org",
        "@type": "Claim",
        "@id": url,
        "url": url,
        "inLanguage": language,
        "name": title,
        "text": headline,
        "about": {"@type": "Thing", "name": one.service.name},
        "spatialCoverage": {"@type": "Country", "identifier": str(one.jurisdiction)},
        "creditText": "Gatewatch",
        "appearance": [
            {
                "@type": "CreativeWork",
                "publisher": {"@type": "Organization", "name": source.citation.publisher},
                **_known(
                    url=source.citation.url,
                    name=source.citation.title,
                    datePublished=source.published.isoformat() if source.published else None,
                ),
            }
            for source in one.sources
        ],
    }


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
