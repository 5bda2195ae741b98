"""In which encoding a list is read: by its bytes, and by its words where bytes cannot tell."""

import pytest

from gatewatch.errors import SourceError
from gatewatch.sources.registers import encodings

_WORDS = {
    "RU": ("казино-вулкан.рф", "Федеральная налоговая служба, решение суда", "cp1251 koi8-r cp866"),
    "UA": ("казино.укр", "рішення Національного центру управління", "cp1251 koi8-u"),
    "FR": ("a.example", "œuvre protégée, « cœur » – l’été, œuf, bœuf", "cp1252 iso8859-15"),
    "DE": ("glücksspiel.de", "Verfügung – „Straße“", "iso8859-1 cp1252 cp850"),
    "CZ": ("škola.example", "žádost, společnost, též účet, věž, šišky", "cp1250 iso8859-2 cp852"),
    "PL": ("gry.pl", "Źródło, Łódź, ćwiczyć, służące, śląsk", "cp1250 iso8859-2"),
    "TR": ("şans.com.tr", "yasadışı bahis, gerekçe, şans oyunları", "cp1254 cp1252"),
    "GR": ("a.gr", "Άδεια, Άρνηση, Άλλη, Άρθρο 5, Άμεση", "cp1253 iso8859-7"),
    "SA": ("موقع.example", "هيئة الاتصالات وتقنية المعلومات", "cp1256 iso8859-6"),
}


@pytest.mark.parametrize("country", _WORDS)
def test_an_encoding_taken_for_its_kin_is_told_by_its_words(country: str) -> None:
    """Every byte is a letter in both, so that only words can tell; one that is right stays."""
    site, word, named = _WORDS[country]
    for true in named.split():
        text = f"Site;Note\n{site};{word}\n".encode(true, "ignore")
        for declared in named.split():
            found = encodings.detect("list", text, [declared], country).encoding
            assert text.decode(found) == text.decode(true), (true, declared)


@pytest.mark.parametrize(("odd", "all_rows", "faulty"), [(5, 60, False), (5, 12, True)])
def test_a_share_of_odd_bytes_sets_a_list_aside_and_no_count(
    odd: int, all_rows: int, faulty: bool
) -> None:
    """Each of the few lines with letters is damaged: of many rows that is little."""
    rows = [b"a%d.example;\xff\xfe\n" % n for n in range(odd)]
    rows += [b"b%d.example;\n" % n for n in range(all_rows - odd)]
    if faulty:
        with pytest.raises(SourceError, match="another encoding"):
            encodings.detect("list", b"".join(rows), ["utf-8"])
    else:
        assert encodings.detect("list", b"".join(rows), ["utf-8"]).encoding == "utf-8"
