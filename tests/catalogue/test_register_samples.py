"""Every register that is shipped reads a sample in its own form, says what it rests on, and where
it is."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from tests.sources import documents, samples
from tests.sources.samples import Item, Parts, raw

from gatewatch.catalogue.registers import declared
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.reader import Reader

DECLARED = declared()
_TWO = (Item("one"), Item("two"))
_PL = """<?xml version="1.0" encoding="utf-8"?>
<Rejestr xmlns="http://www.hazard.mf.gov.pl/2017/03/21/">
<PozycjaRejestru Lp="1"><AdresDomeny>one.example.com</AdresDomeny>
<DataWpisu>2017-07-01T10:11:12</DataWpisu></PozycjaRejestru>
<PozycjaRejestru Lp="2"><AdresDomeny>gra-żółć.example</AdresDomeny>
<DataWpisu>2020-01-02T03:04:05.123</DataWpisu>
<DataWykreslenia>2021-01-02T03:04:05</DataWykreslenia></PozycjaRejestru></Rejestr>"""
_LPT = """<html><body><figure><table class="has-fixed-layout">
<tr><td>Nr.</td><td colspan="3">Duomenys</td><td>Teismas</td></tr>
<tr><td>Pavadinimas</td><td>Domenas</td><td>Kontaktai</td></tr>
<tr><td>1.</td><td>Acme Games</td><td>one.example.com<br>two.example.com</td><td>a@b.example</td>
<td>Court of invention, 2020-01-02, No. 7</td></tr>
</table></figure></body></html>"""
_SANCTIONS = """{"one.example.com": {"term": "31.12.2030", "reason": "Decree 1", "company": "x",
"alias": "One", "urls": []}, "two.example.com": {"term": null, "reason": "Decree 2", "company": "y",
"alias": null, "urls": ["http://three.example.com/page"]}}"""


class Sample(NamedTuple):
    """The files of a state, the selectors in it, and one fact of an entry."""

    parts: Parts
    found: str
    fact: str = ""


def hosts(path: str, text: str, found: str, fact: str = "") -> Sample:
    return Sample({path: text.encode()}, found, fact)


SAMPLES: dict[str, Callable[[], Sample]] = {
    "au-acma": lambda: hosts(
        "urls.txt", "one.example.com\nTwo.Example.com\n", "one.example.com two.example.com"
    ),
    "br-anatel": lambda: hosts(
        "Websites_for_block",
        "one.example.com\none.example.com\ntwo.example.com.\n",
        "one.example.com two.example.com",
    ),
    "ch-esbk": lambda: Sample(
        {
            "sperrliste.pdf": documents.lines(
                [
                    "Sperrliste / Liste",
                    "one.example.com 03.09.2019",
                    "Page 1 / 2",
                    "two.example.com 1.2.2020",
                ]
            )
        },
        "one.example.com two.example.com",
        "2019-09-03",
    ),
    "ch-gespa": lambda: hosts(
        "gespa_blocklist.txt",
        "# Version 12\n# Serial 20260301\none.example.com\ntwo.example.com\n",
        "one.example.com two.example.com",
    ),
    "cy-nba": lambda: hosts(
        "list.txt",
        "http://www.one.example.com/\ntwo.example.com\nhttps://three.example.com/en/bet\n",
        "www.one.example.com two.example.com https://three.example.com/en/bet",
    ),
    "cz-mfcr": lambda: Sample(samples.cz(_TWO), "one.example two.example", "2020-01-01"),
    "cz-mfcr-pdf": lambda: Sample(
        {
            "seznam.pdf": documents.table(
                [
                    ["one.example.com", "26.07.2017", "", "", "", ""],
                    ["two.example.com", "4. 1. 2023", "", "", "", ""],
                ]
            )
        },
        "one.example.com two.example.com",
        "2023-01-04",
    ),
    "de-cuii": lambda: hosts(
        "blocked.md",
        "https://one.example.com/\n\nhttp://www.two.example.com\n",
        "one.example.com www.two.example.com",
    ),
    "ee-emta": lambda: hosts(
        "blocklist.txt", "one.example.com\n10  two.example.com\n", "one.example.com two.example.com"
    ),
    "fr-anj": lambda: Sample(samples.fr(_TWO), "one.example two.example", "2020-01-01"),
    "gr-eeep": lambda: hosts(
        "eeep.txt",
        "# 21/04/2025\n0.0.0.0 one.example.com\n0.0.0.0\n0.0.0.0 two.example.com\n",
        "one.example.com two.example.com",
    ),
    "in-court": lambda: hosts(
        "MASTER_LIST.csv",
        "id,URL,SOURCE,TITLE\r\n1,http://www.one.example.com,Court,A\r\n2,https://two.example.com/page,Court,B\r\n",
        "www.one.example.com https://two.example.com/page",
        "('source', 'Court')",
    ),
    "it-adm": lambda: Sample(
        {
            "hosts/aams": b"\xef\xbb\xbf217.175.53.72 one.example.com\n",
            "hosts/agcom": b"127.0.0.1 two.example.com",
        },
        "one.example.com two.example.com",
    ),
    "it-consob": lambda: hosts(
        "consob_2023073101.txt",
        "# 31/07/2023\nsito internet\u00a0www.one.example.com\ntwo.example.com\n",
        "www.one.example.com two.example.com",
    ),
    "lt-lb": lambda: hosts(
        "illegalwww.csv",
        "\ufeffDomenas;Bendrovės pavadinimas;Prekės ženklas\none.example.com;UAB A;A\nhttps://www.two.example.com;B;\n",
        "one.example.com www.two.example.com",
        "('company', 'UAB A')",
    ),
    "lt-lpt": lambda: hosts("list.html", _LPT, "one.example.com two.example.com"),
    "pl-hazard": lambda: hosts(
        "register.xml", _PL, "one.example.com xn--gra--tqa4jvrmp.example", "2021-01-02"
    ),
    "ru-prosecutor": lambda: hosts(
        "prosecutor-general-office.csv",
        'url,ip,added_time\nhttp://one.example.com/x,"192.0.2.1,192.0.2.2",2014-04-01 10:00:00\n',
        "http://one.example.com/x 192.0.2.1 192.0.2.2",
        "2014-04-01",
    ),
    "ru-rkn": lambda: Sample(
        samples.rkn(_TWO),
        "http://one.example/x one.example http://two.example/x two.example 192.0.2.1",
        "2020-01-01T00:00:00",
    ),
    "ru-zi": lambda: Sample(
        samples.zi(_TWO),
        "http://one.example/x one.example http://two.example/x two.example 192.0.2.1",
        "1-РИ",
    ),
    "tr-usom": lambda: hosts(
        "ips.txt", "192.0.2.1\n198.51.100.0/24\n", "192.0.2.1 198.51.100.0/24"
    ),
    "ua-ncu": lambda: Sample(samples.ua(_TWO), "one.example two.example"),
    "ua-sanctions": lambda: hosts(
        "domains.json",
        _SANCTIONS,
        "one.example.com two.example.com http://three.example.com/page",
        "2030-12-31",
    ),
}


def test_there_is_a_sample_of_every_register() -> None:
    """Whoever ships a declaration shows that it reads; there are many, of many countries."""
    assert SAMPLES.keys() == DECLARED.keys()
    assert len(DECLARED) >= 20
    assert len({one.jurisdiction for one in DECLARED.values()}) >= 15


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_sample_is_read_whole(name: str) -> None:
    """Each host, page and address of it, and a fact; no column is unknown, nothing is set aside but
    what names nothing."""
    sample, register = SAMPLES[name](), DECLARED[name]
    reader = Reader(formats.load(register), register.format)
    main = next(iter(sample.parts))
    reading = reader.read(raw(main, sample.parts))
    entries = [entry for i in reader.ids() if (entry := reader.entry(i))]
    assert {s.value for entry in entries for s in entry.selectors} == set(sample.found.split())
    assert (reading.fault, reading.unknown, reading.unparsed) == (None, (), 0)
    assert sample.fact in repr(entries)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_state_that_ends_early_is_not_a_short_list(name: str) -> None:
    """The first half of the sample's bytes gives no host that is not in the whole."""
    sample, register = SAMPLES[name](), DECLARED[name]
    main = next(iter(sample.parts))
    half = {**sample.parts, main: sample.parts[main][: len(sample.parts[main]) // 2]}
    reader = Reader(formats.load(register), register.format)
    reading = reader.read(raw(main, half))
    found = {s.value for i in reader.ids() if (entry := reader.entry(i)) for s in entry.selectors}
    strange = found - set(sample.found.split())
    assert not strange or not reading.complete or reading.tail is not None or reading.set_aside


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_it_says_what_it_rests_on(name: str) -> None:
    """Law, place, licence and what is prescribed; what is not known is said to be so."""
    one = DECLARED[name]
    assert one.law
    assert one.page
    assert one.page.startswith(("https://", "http://"))
    assert all((one.authority, one.title, one.publisher, one.licence, one.cadence, one.prescribes))
