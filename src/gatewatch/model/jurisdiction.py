"""A jurisdiction, by its ISO 3166-1 alpha-2 code, in capitals wherever it was typed."""

from difflib import get_close_matches

import msgspec

from gatewatch.errors import MistakeError

# ISO 3166-1 as of 2024, and EU, which it keeps for the Union; XK is Kosovo's code of the CLDR,
# which registers and probes use.
_TABLE = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA
    ZM ZW
"""
CODES = frozenset(_TABLE.split())
_EXPECTED = {"UK": "GB", "EL": "GR", "SU": "RU", "KO": "KR", "EN": "GB"}
"""What people write for a country that has another code."""


class Jurisdiction(msgspec.Struct, frozen=True, order=True):
    """One country or territory. Build it with `parse`; below the door nobody sees the text."""

    code: str
    """ISO 3166-1 alpha-2, in capitals."""

    def __str__(self) -> str:
        return self.code

    @classmethod
    def parse(cls, text: "str | Jurisdiction") -> "Jurisdiction":
        """From what a person wrote, in any case; UsageError says what to write instead."""
        if isinstance(text, Jurisdiction):
            return text
        code = text.strip().upper()
        if code not in CODES:
            if near := _near(code):
                raise MistakeError(
                    "'{text}' is not the code of a jurisdiction by ISO 3166-1 (perhaps {near}): "
                    "write its two letters, as RU, UA or cn",
                    text=text,
                    near=near,
                )
            raise MistakeError(
                "'{text}' is not the code of a jurisdiction by ISO 3166-1: write its two letters, "
                "as RU, UA or cn",
                text=text,
            )
        return cls(code)

    @classmethod
    def parse_any(cls, text: "str | Jurisdiction | None") -> "Jurisdiction | None":
        """As `parse`; nothing given means all jurisdictions."""
        return None if text is None or text == "" else cls.parse(text)


def _near(code: str) -> str | None:
    return _EXPECTED.get(code) or next(iter(get_close_matches(code, sorted(CODES), 1)), None)
