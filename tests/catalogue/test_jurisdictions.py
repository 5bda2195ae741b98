"""Names of countries without the CLDR at hand."""

import pytest
from babel import Locale

from gatewatch.catalogue import jurisdictions
from gatewatch.model.jurisdiction import CODES


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_every_jurisdiction_is_named(language: str) -> None:
    """Each code that can be asked about has its CLDR name; in English without what stands in
    brackets."""
    told = Locale(language).territories
    for code in CODES:
        name = jurisdictions.name(code, language)
        assert name != code
        assert told[code].startswith(name) if language == "en" else told[code] == name


def test_what_is_no_place() -> None:
    """Test codes and numbers are no codes of places; a code without a name stands for itself."""
    assert not any(map(jurisdictions.is_code, ["UN", "ZZ", "XA", "150", "ru", ""]))
    assert all(map(jurisdictions.is_code, CODES))
    assert jurisdictions.name("QQ") == "QQ"


def test_the_union_is_a_jurisdiction() -> None:
    """Its regulations restrict services in every member state."""
    assert jurisdictions.is_code("EU")
    assert [jurisdictions.name("EU", language) for language in ("en", "ru", "zh")] == [
        "European Union",
        "Европейский союз",
        "欧盟",
    ]


def test_a_name_is_that_of_one_place() -> None:
    """What people say beside the CLDR's names: of a place that there is, and of no other."""
    named: dict[str, set[str]] = {}
    for code in CODES:
        for language in ("en", "ru", "zh"):
            named.setdefault(jurisdictions.name(code, language).casefold(), set()).add(code)
    for code, names in jurisdictions.other_names().items():
        assert code in CODES
        for name in names:
            assert named.setdefault(name.casefold(), {code}) == {code}, name
    assert jurisdictions.codes_by_name()["turkey"] == "TR"
