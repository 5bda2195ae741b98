"""Days as registers write them, to ISO. What is no day is refused with the reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from unicodedata import digit
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.model.moment import tellable

SERIAL = "serial"
"""The form of a day as spreadsheets count it: from 30 December 1899."""
_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day has no zone
_LEAST_SERIAL, _MOST_SERIAL = 2_101, 100_000
"""A smaller number is a year, or the number of something, and no day of 1905."""
_BLANKS = re.compile(r"(?<=[.,/-])\s+|\s+(?=[.,/-])")
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_QUOTES = re.compile(r"[\u00ab\u00bb\u201e\u201c\u201d\"]")
_ERAS = {
    "\u4ee4\u548c": 2018,
    "\u5e73\u6210": 1988,
    "\u662d\u548c": 1925,
    "\u4e2d\u83ef\u6c11\u570b": 1911,
    "\u6c11\u570b": 1911,
    "\u6c11\u56fd": 1911,
    "\u0e1e.\u0e28.": -543,
    "\u0e1e\u0e28": -543,
    "\u0e04.\u0e28.": 0,
}
"""What the years of an era that is named are counted from: of Japan, of Taiwan, in Thai of the
Buddha and of Christ."""
_OF_AN_ERA = re.compile(rf"({'|'.join(map(re.escape, _ERAS))})\s*(\d{{1,4}}|\u5143)(?=\D|$)")
_EAST_ASIAN = re.compile(
    r"(\d{4})\s*[\u5e74\ub144]\s*(\d{1,2})\s*[\u6708\uc6d4]\s*(\d{1,2})\s*[\u65e5\u53f7\u865f\uc77c]?"
)
"""Year, month and day as Chinese, Japanese and Korean have them, which has one reading."""
OF_COUNTRY = {"TH": "buddhist", "TW": "minguo"}
"""Calendars in which offices of a country count years."""
_BUDDHIST, _MINGUO = 543, 1911
"""Years that the Buddhist calendar is ahead of the common one, and Taiwan's is behind it."""
_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[4-6]\d\d(?!\d)")
_MINGUO_YEAR = re.compile(r"^(?:1\d\d|[4-9]\d)(?=\s?[./\u5e74-])")
"""Such a number is neither a day nor a month, which may stand there too."""
_MINGUO_DAY = re.compile(r"([01]\d\d)(\d\d)(\d\d)")
_YEAR_MARK = re.compile(
    r"(?<=\d)\s*(?:\u0433(?:\u043e\u0434\u0430)?|\u0440(?:\u043e\u043a\u0443)?)?\.?$", re.IGNORECASE
)
"""What stands behind a year and is no part of it: a word or letter for *year* in Russian, Bulgarian
and Ukrainian, a full stop."""
_WORD = re.compile(r"[^\W\d_]+")
_ORDINAL = re.compile(r"(?<=\d)(?:er|ère|re|st|nd|rd|th|º|ª|°)(?=[\s.]|$)", re.IGNORECASE)
_MONTH_DOT = re.compile(r"(?<=[^\W\d_])\.")
_NOTHING = re.compile(
    r"(?:&nbsp;|[\s\-\u2010-\u2015\u2212\u2500\u2501\u30fc\ufe58\ufe63\uff0d\uff3f/\\_.*\u2022\u00b7\u2026])*|null|none|nil|nat?n?|n/?a\.?|\(?empty\)?",
    re.IGNORECASE,
)
_NOTHING_SAID = frozenset(
    {
        *("not applicable", "not available", "no aplica", "no procede", "sin fecha", "ninguno"),
        *("ninguna", "nenhum", "nenhuma", "nessuno", "nessuna", "néant", "neant", "aucun"),
        *("aucune", "sans objet", "sans", "keine", "keines", "keiner", "kein", "entfällt"),
        *("geen", "ingen", "inget", "intet", "puudub", "nėra", "nav", "brak", "žádný", "žádná"),
        *("žádné", "nincs", "niciunul", "nema", "нет", "отсутствует", "немає", "відсутня"),
        *(
            "відсутній",
            "няма",
            "жоқ",
            "yo'q",
            "yok",
            "yoxdur",
            "არა",
            "չկա",
            "لا يوجد",
            "ندارد",
            "هیچ",
            "لا شيء",
        ),
        *("אין", "ไม่มี", "không", "không có", "tidak ada", "wala", "δεν υπάρχει"),
        *("無", "无", "無し", "なし", "暂无", "不适用", "不適用", "없음", "해당없음", "해당 없음"),
    }
)
"""Words for *none*, as clerks of many countries fill a cell that has nothing to say."""
_NO_END = frozenset(
    {
        *(
            "not yet",
            "until further notice",
            "indefinite",
            "indefinitely",
            "permanent",
            "unlimited",
        ),
        *("no end date", "ongoing", "pas encore", "jusqu'à nouvel ordre", "indéterminée"),
        *("noch nicht", "unbefristet", "bis auf weiteres", "a tempo indeterminato", "non ancora"),
        *("aún no", "indefinido", "por tempo indeterminado", "indeterminado", "onbepaald"),
        *("bezterminowo", "na dobu neurčitou", "na neurčito", "visszavonásig", "határozatlan"),
        *("határozatlan ideig", "határozatlan időre", "neribotai", "neterminuota", "beztermiņa"),
        *(
            "tähtajatu",
            "tills vidare",
            "neribota",
            "бессрочно",
            "постоянно",
            "не снято",
            "до отмены",
        ),
        *("безстроково", "не знято", "безсрочно", "мерзімсіз", "süresiz", "muddatsiz", "αόριστη"),
        *(
            "无限期",
            "永久",
            "長期",
            "长期",
            "未定",
            "無期限",
            "무기한",
            "未解除",
            "未撤销",
            "未撤銷",
        ),
        *("継続中", "미해제", "해제 안 됨", "ยังไม่ยกเลิก", "ยังไม่ถอดถอน", "ไม่มีกำหนด"),
        *("chưa", "chưa gỡ", "chưa hủy", "vô thời hạn", "belum", "belum dicabut", "belum dibuka"),
        *("sampai pemberitahuan lebih lanjut", "tiada", "hanggang sa susunod na abiso"),
        *("ساري", "ساري المفعول", "حتى إشعار آخر", "لم يرفع", "לא בוטל", "עד להודעה חדשה", "טרם"),
        *(
            "kald\u0131r\u0131lmad\u0131",
            "devam ediyor",
            "yürürlükte",
            "έως νεοτέρας",
            "δεν έχει αρθεί",
        ),
        *("do odwołania", "nadal", "czas nieokreślony", "na czas nieokreślony", "dosud ne"),
        *("trvá", "stále", "na dobu neurčitú", "indtil videre", "inntil videre", "toistaiseksi"),
        *("tot nader order", "nog niet", "ainda não", "até nova ordem", "hasta nuevo aviso"),
        *("vigente", "fino a nuovo avviso", "in vigore", "en vigueur", "en cours", "in kraft"),
        *("laufend", "gültig", "pe durată nedeterminată", "până la noi dispoziții", "до отмяна"),
        *("do daljnjeg", "do nadaljnjega", "további intézkedésig", "nem", "действует", "діє"),
        *("in force", "still in force", "active", "valid", "current", "open", "open-ended"),
        *("до даљњег", "до даљњега", "бесконачно", "неодређено", "до второ нареждане", "безсрочен"),
        *("लागू", "जारी", "अगले आदेश तक", "күшінде", "дейнічае", "бестэрмінова", "müddətsiz"),
    }
)
"""What they write where a day of removal would stand, of what has none."""
_NO = frozenset(
    {
        *("no", "nein", "non", "nee", "nej", "nei", "nie", "ne", "não", "nu", "ei", "nē", "tidak"),
        *("hay\u0131r", "όχι", "не", "ні", "жоқ", "否", "不", "いいえ", "아니오", "لا", "לא"),
    }
)
"""The same in one word: *removed: no*."""
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bb\u02bc"), "'")
_ZEROS = re.compile(r"[0\s./:T-]+", re.IGNORECASE)
"""What stands in a cell for no day: strokes, a program's word for nothing; a day of zeros."""
_EARLIEST = 1900
_IN_BUDDHIST_YEARS = 2400


class DateReader(msgspec.Struct, frozen=True):
    """The forms that a list uses, tried in order; ISO 8601 is always one of them.

    `months` gives the number of a month by its name in small letters. `century` is the first year
    of the hundred that years of two digits mean; without it they are Python's (1969 to 2068). A
    time with an offset is told in `zone`, the register's own. `calendar` is as declared.
    """

    forms: tuple[str, ...]
    months: Mapping[str, int] = {}
    century: int | None = None
    zone: tzinfo = UTC
    calendar: str | None = None

    def day(self, text: str, *, past: bool = False) -> str:
        """A day, or a day and time, in ISO; ValueError says why it is none.

        `past`: it is the day of an act or a listing, which cannot lie in the future.
        """
        when = self._when(" ".join(text.split()))
        if when is None or not tellable(when):
            raise ValueError(f"{text!r} is not like {', '.join(self.forms)}")
        if when.year < _EARLIEST or (past and when.date() > _tomorrow()):
            raise ValueError(f"{text!r} reads as {when.date()}, which cannot be")
        if when.tzinfo is not None:
            when = when.astimezone(self.zone).replace(tzinfo=None)
        when = when.replace(microsecond=0)
        timed = (when.hour, when.minute, when.second) != (0, 0, 0) or ":" in text
        return when.isoformat() if timed else when.date().isoformat()

    def _when(self, text: str) -> datetime | None:
        if not text.isascii():
            text = "".join(str(digit(c)) if c.isdecimal() else c for c in text)
        for told in dict.fromkeys((common_years(text, self.calendar), text)):
            if (when := self._read(told)) is not None:
                return when
        return None

    def _read(self, text: str) -> datetime | None:
        if _ISO.fullmatch(text):
            return _iso(text)
        for form in self.forms:
            if form == SERIAL:
                when = _serial(text)
            else:
                order = (_numbered(form, self.months),)
                when = next(filter(None, (_parsed(one, order) for one in self._spelt(text))), None)
            if when is not None:
                return self._in_century(when, form)
        told = _EAST_ASIAN.fullmatch(text)
        return _iso("-".join(f"{int(number):02}" for number in told.groups())) if told else None

    def _spelt(self, text: str) -> Iterator[str]:
        """A day with its month as a number; also without the dot of a short month and without the
        ending of an ordinal, which forms do not say."""
        for spelt in dict.fromkeys((text, _YEAR_MARK.sub("", _QUOTES.sub("", text).strip()))):
            yield from self._numbered(spelt)

    def _numbered(self, text: str) -> Iterator[str]:
        if not self.months:
            yield text
            return
        yield _WORD.sub(self._month, text)
        plain = _ORDINAL.sub("", text)
        yield _WORD.sub(self._month, plain)
        yield _WORD.sub(self._month, _MONTH_DOT.sub("", plain))

    def _month(self, word: re.Match[str]) -> str:
        number = self.months.get(word[0].casefold())
        return word[0] if number is None else f"{number:02}"

    def _in_century(self, when: datetime, form: str) -> datetime:
        if self.century is None or "%y" not in form:
            return when
        year = self.century + (when.year - self.century) % 100
        if self.calendar == "buddhist" and self.century >= _IN_BUDDHIST_YEARS:
            year -= _BUDDHIST
        try:
            return when.replace(year=year)
        except ValueError:
            return when


def common_years(text: str, calendar: str | None) -> str:
    """A day of another calendar, or of an era that is named, with its year as the common one has
    it."""
    if not text.isascii():
        text = _OF_AN_ERA.sub(_year_of_era, text)
    if calendar == "buddhist":
        return _BUDDHIST_YEAR.sub(lambda year: str(int(year[0]) - _BUDDHIST), text)
    if calendar == "minguo":
        if day := _MINGUO_DAY.fullmatch(text):
            return f"{int(day[1]) + _MINGUO}-{day[2]}-{day[3]}"
        return _MINGUO_YEAR.sub(lambda year: str(int(year[0]) + _MINGUO), text)
    return text


def _year_of_era(found: re.Match[str]) -> str:
    year = 1 if found[2] == "\u5143" else int(found[2])
    return str(year + _ERAS[found[1]])


def says_nothing(text: str) -> bool:
    """Whether a cell for a day is filled with a sign that there is none."""
    return (
        _NOTHING.fullmatch(text) is not None
        or _bare(text) in _NOTHING_SAID
        or ("0000" in text and _ZEROS.fullmatch(text) is not None)
    )


def says_no_end(text: str) -> bool:
    """Whether a cell for a day of removal says in words that there is none."""
    return _bare(text) in _NO_END or _bare(text) in _NO


def _bare(text: str) -> str:
    return " ".join(text.casefold().translate(_APOSTROPHES).split()).strip("()[] .")


def in_zone(when: datetime, zone: ZoneInfo) -> tuple[datetime, str | None]:
    """A time without an offset in UTC, and what is doubtful about it.

    An hour that daylight saving skips is read by the offset before it, one that stands twice as
    the first.
    """
    if when.tzinfo is not None:
        return when.astimezone(UTC), None
    local = when.replace(tzinfo=zone)
    known = local.astimezone(UTC)
    if known.astimezone(zone).replace(tzinfo=None) != when:
        return known, f"{when} does not exist in {zone.key}: daylight saving skips it"
    if local.replace(fold=1).utcoffset() != local.utcoffset():
        return known, f"{when} stands twice in {zone.key}: the first is taken"
    return known, None


def months(names: Sequence[str]) -> dict[str, int]:
    """Twelve names of months; several of one month are parted by blanks or strokes."""
    return {
        word.casefold(): number
        for number, spelt in enumerate(names, 1)
        for word in _WORD.findall(spelt)
    }


def _numbered(form: str, known: Mapping[str, int]) -> str:
    return form.replace("%B", "%m").replace("%b", "%m") if known else form


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace(" Z", "Z").replace(" +", "+").replace(" -", "-"))
    except ValueError:
        return None


@lru_cache(maxsize=16384)
def _parsed(text: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(_BLANKS.sub("", text), _BLANKS.sub("", form))  # noqa: DTZ007
        except (ValueError, re.error):
            continue
    return None


def _serial(text: str) -> datetime | None:
    try:
        days = float(text)
    except ValueError:
        return None
    if not _LEAST_SERIAL <= days < _MOST_SERIAL:
        return None
    return _ZERO + timedelta(seconds=round(days * 86_400))


def _tomorrow() -> date:
    return datetime.now(UTC).date() + timedelta(days=1)
