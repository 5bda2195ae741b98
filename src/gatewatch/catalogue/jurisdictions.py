"""English names of jurisdictions that our registers and cases speak of, by ISO 3166-1 code."""

_NAMES = {
    "BR": "Brazil",
    "CN": "China",
    "CZ": "Czechia",
    "DE": "Germany",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IN": "India",
    "IR": "Iran",
    "IT": "Italy",
    "RU": "Russia",
    "TR": "Türkiye",
    "UA": "Ukraine",
    "US": "United States",
}


def name(code: str) -> str:
    """The name, or the code itself for one that has none here."""
    return _NAMES.get(code, code)
