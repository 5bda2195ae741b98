"""A row of named cells to what it says of an entry, by the columns of a declaration."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

from gatewatch.errors import CatalogueError
from gatewatch.model.entry import NO_SITE, Decision, Entry, block_types
from gatewatch.model.expression import compiled
from gatewatch.model.register import Declared, Register
from gatewatch.model.selector import Selector
from gatewatch.model.unread import may_name
from gatewatch.sources.registers import cells, labels
from gatewatch.sources.registers.dates import (
    OF_COUNTRY,
    DateReader,
    months,
    says_no_end,
    says_nothing,
)
from gatewatch.sources.registers.format import Fragment, Unread
from gatewatch.sources.registers.values import FIELDS as SELECTORS

FIELDS = frozenset(
    {
        *SELECTORS,
        "id",
        "body",
        "number",
        "date",
        "included",
        "removed",
        "ground",
        "block_type",
        "ignore",
    }
)
LINE = "line"
"""The one column of a list of hosts."""
ATTRIBUTE = "attribute:"
REMOVED = "removed"
HREF = "@href"
"""How the name of a column ends that holds where the links of another lead; there may be none."""
_LOGIN = re.compile(r"//[^/@\s]*@")
_NEVER = "9999"
_OTHER_CALENDAR = "2443", "2699"
"""Years that are near in the Buddhist calendar, which is 543 ahead; no term ends so late."""
_ZEROS = frozenset({"1899-12-30", "1899-12-31", "1900-01-00", "1900-01-01", "1970-01-01"})
"""What databases and spreadsheets make of an empty cell for a day."""
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " ")
_OVER = frozenset(
    {
        *("annulled", "cancelled", "canceled", "ceased", "closed", "deleted", "ended", "expired"),
        *("inactive", "lifted", "no", "no longer in force", "not in force", "rejected", "removed"),
        *("repealed", "rescinded", "revoked", "terminated", "unblocked", "withdrawn"),
        *("delisted", "quashed", "set aside", "struck off", "void", "vacated"),
        # Czech, Slovak, German, French, Spanish, Italian, Portuguese, Romanian
        *("zrušeno", "vyřazeno", "zrušené", "vyradené", "aufgehoben", "gelöscht", "entsperrt"),
        *("levé", "levée", "retiré", "retirée", "abrogé", "annulé", "débloqué"),
        *("levantado", "levantada", "retirado", "retirada", "revocado", "revocada", "anulado"),
        *("desbloqueado", "desbloqueada", "dado de baja", "rimosso", "revocato", "revocata"),
        *("annullato", "sbloccato", "revogado", "revogada", "cancelado", "cancelada", "revocat"),
        *("ridicat", "anulat", "eliminat", "retras"),
        # Polish, Hungarian, Slovene, Croatian, Lithuanian, Latvian, Estonian, Finnish
        *("wykreślony", "wykreślona", "wykreślono", "uchylony", "uchylona", "uchylono"),
        *("usunięty", "usunięta", "usunięto", "megszűnt", "törölve", "törölt", "feloldva"),
        *("visszavonva", "ukinjeno", "preklicano", "ukinuto", "uklonjeno", "skinuto"),
        *("panaikinta", "panaikintas", "pašalinta", "atšaukta", "atcelts", "atcelta", "dzēsts"),
        *("tühistatud", "eemaldatud", "kumottu", "poistettu"),
        # Dutch, Danish, Swedish, Norwegian, Turkish, Greek
        *("ingetrokken", "opgeheven", "verwijderd", "vervallen", "ophævet", "fjernet", "slettet"),
        *("upphävd", "upphävt", "borttagen", "opphevet", "kaldirildi", "iptal", "iptal edildi"),
        *("άρση", "ήρθη", "άρθηκε", "ανακλήθηκε", "διαγράφηκε"),
        # Russian, Ukrainian, Belarusian, Bulgarian, Serbian, Kazakh
        *("исключен", "исключён", "исключено", "снят", "снято", "удалено", "отменено"),
        *("исключена", "снята", "удален", "удалён", "отменен", "отменён", "отменена"),
        *("разблокирован", "разблокировано", "прекращено", "не действует", "утратил силу"),
        *("виключено", "скасовано", "знято", "розблоковано", "адменена", "знята", "выключана"),
        *("премахнат", "премахнато", "заличен", "укинуто", "уклоњено", "жойылды", "алынды"),
        # Chinese, Japanese, Korean, Thai, Vietnamese, Indonesian, Malay
        *(
            "已解除",
            "已撤销",
            "已删除",
            "解除",
            "已撤銷",
            "已刪除",
            "已取消",
            "失效",
            "已失效",
            "已解封",
        ),
        *(
            "解除済",
            "解除済み",
            "削除",
            "削除済み",
            "失効",
            "해제",
            "해제됨",
            "삭제",
            "삭제됨",
            "종료",
        ),
        *("ยกเลิก", "ยกเลิกแล้ว", "ถอดถอน", "đã gỡ", "đã gỡ bỏ", "đã hủy", "hết hiệu lực"),
        *("dicabut", "dibatalkan", "dinormalisasi", "tidak berlaku", "dibuka blokirnya"),
        # Arabic, Hebrew, Hindi
        *("رفع الحجب", "ملغى", "ملغي", "منتهي", "בוטל", "הוסר", "हटाया गया", "रद्द"),
    }
)
"""Words for what is over, where the declaration names none of its own."""
_UNSAID = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u200b-\u200f\ufeff]")
"""Accents, vowels that are left out at will, and signs that nobody sees."""
_WHEN_AND_BY_WHOM = frozenset(
    {
        *("from", "the", "list", "register", "blacklist", "on", "by", "since", "as", "of", "court"),
        *("order", "decision", "dated", "effective", "am", "vom", "seit", "per", "durch", "du"),
        *("gericht", "le", "depuis", "el", "desde", "dal", "il", "od", "dnia", "dne", "tarihinde"),
        *("\u043e\u0442", "\u0441", "\u0437", "\u0432\u0456\u0434"),
    }
)
"""What may stand behind a word of a status besides days: `removed from the list on 5.2.2024`."""
_LONGEST_STATUS = 80
_YEAR = re.compile(r"\d{4}")
_OPPOSITES = {
    word: other
    for pair in (("true", "false"), ("yes", "no"), ("1", "0"), ("y", "n"), ("active", "inactive"))
    for word, other in (pair, pair[::-1])
}
"""Words of which a column that says one of two things has the other."""
_WITH_ALL_BELOW = re.compile(r"\.[\w-]+(?:\.[\w-]+)+")
"""A name and all below it, as proxies and resolvers list them: `.example.com`."""
_SINK = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3}){3}|::1?)\s+(?=[^\s/\u2013\u2014-])")
"""The address that a hosts file points its names at, whichever it is; not the begin of a range."""

_MACHINES_OWN = frozenset(
    {
        *("localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost"),
        *("ip6-loopback", "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters"),
    }
)
"""What a hosts file begins with on every machine."""
_RULE = re.compile(
    r"""(?x)(?:address|server|local)=/([^/\s]+)/\S*   # dnsmasq, with all below
    |local-zone:\s+"([^"\s]+?)\.?"\s+\w+            # Unbound, with all below
    |(\S+)\s+(?:\d+\s+)?(?:IN\s+)?CNAME\s+\S+       # a zone of response policies"""
)
"""Names as servers of names are told not to answer for them."""


class RowReader:
    """Rows of one declared list."""

    def __init__(self, register: Register, how: Declared) -> None:
        self._how = how
        self._columns = how.columns or {LINE: "selector"}
        self._by_field: dict[str, list[str]] = {}
        """The columns that mean a field, in their order: each row is asked for ten fields."""
        for column, field in self._columns.items():
            self._by_field.setdefault(field, []).append(column)
        self._sites = [(c, field) for c, field in self._columns.items() if field in SELECTORS]
        self._named = [
            (field.removeprefix(ATTRIBUTE), column)
            for column, field in self._columns.items()
            if field.startswith(ATTRIBUTE)
        ]
        self._days = DateReader(
            how.date_forms,
            months(how.months) if how.months else {},
            how.century,
            zone=register.zone,
            calendar=how.calendar or OF_COUNTRY.get(register.jurisdiction),
        )
        self._rewrite = {
            column: [(compiled(expression), to) for expression, to in pairs]
            for column, pairs in how.rewrite.items()
        }
        self._where = {
            column: frozenset(map(_folded, values)) for column, values in how.where.items()
        }
        self._over = {
            column: frozenset(map(_folded, how.over[column]))
            if column in how.over
            else frozenset(
                (
                    *map(_folded, _OVER),
                    *(_OPPOSITES[word] for word in values if word in _OPPOSITES),
                )
            )
            - values
            for column, values in self._where.items()
        }
        check(register.id, how)

    def host(self, text: str) -> list[Fragment | Unread]:
        """A line of a list of hosts. Behind a sink may stand several names."""
        bare = _SINK.sub("", text)
        if bare != text and bare in _MACHINES_OWN:
            return []
        if rule := _RULE.fullmatch(bare):
            bare = rule[3].removesuffix(".") if rule[3] else f"||{rule[1] or rule[2]}^"
        if _WITH_ALL_BELOW.fullmatch(bare):
            bare = f"||{bare[1:]}^"
        if bare != text and " " in bare.strip():
            return [told for name in bare.split() for told in self.read({LINE: name}, name)]
        return self.read({LINE: bare}, text)

    def read(self, row: Mapping[str, str], text: str) -> list[Fragment | Unread]:
        """What one row says; `text` is the row as published."""
        row = self._corrected(row)
        if self._how.struck == REMOVED:
            row, is_over = self._without_struck(row)
            if is_over:
                return []
        if not any(row.values()):
            return []
        problems: list[str] = []
        removed = self._removed(row, problems)
        strange = self._strange_status(row)
        if strange is None and not self._in_force(row) and removed is None:
            return []
        found, unread = self._selectors(row, problems)
        unread = tuple(sorted({*unread, *self._undeclared(row, found)}))
        if strange is not None and removed is None:
            problems.append(strange)
            unread = tuple(sorted({*unread, *(one.value for one in found)}))
            found = ()
        if not (found or unread) and removed is None and (naming := self._naming(row, text)):
            problems.append("nothing listed in a declared column, and yet a name in the row")
            unread = naming
        names = [s.value for s in found] or [word for word in unread if may_name(word)]
        entry_id = self._id(row) or " ".join(map(_named, names))
        if not entry_id:
            why = problems[0] if problems else "neither an id nor a selector in this row"
            return [Unread(why, text, vital=False)]
        if not (found or unread or removed) and _is_note(row, entry_id):
            return [Unread("a title or a note, and no row", text, vital=False)]
        included = self._day(row, "included", problems)
        if removed and included and removed[:10] < included[:10] and removed[:4].isdigit():
            # Nobody is taken off before he is put on: which of the days is wrong is not known.
            problems.append(f"removed {removed} lies before included {included}")
            removed = f"{removed} (included {included})"
        entry = Entry(
            id=entry_id,
            selectors=found,
            decision=self._decision(row, problems),
            block_type=self._prescribed(row, found, unread),
            ground=self._one(row, "ground"),
            included_at=included,
            removed_at=removed,
            attributes=self._attributes(row),
            unparsed=unread,
        )
        return [Fragment(entry, problems=tuple(problems))]

    def _prescribed(
        self, row: Mapping[str, str], found: Sequence[Selector], unread: Sequence[str]
    ) -> str:
        if not found and all(map(labels.names_no_site, unread)):
            return NO_SITE
        return self._one(row, "block_type") or self._how.block_type or block_types(found)

    def _corrected(self, row: Mapping[str, str]) -> Mapping[str, str]:
        if not self._rewrite and not self._how.corrections:
            return row
        mended = dict(row)
        for column, pairs in self._rewrite.items():
            for expression, to in pairs:
                if column in mended:
                    # A blank that does not break is a blank to who writes an expression; RE2's \s
                    # has none.
                    blank = mended[column].translate(_BLANKS)
                    mended[column] = expression.sub(to, blank).strip()
        for column, known in self._how.corrections.items():
            if column in mended:
                mended[column] = known.get(mended[column], mended[column])
        return mended

    def _without_struck(self, row: Mapping[str, str]) -> tuple[Mapping[str, str], bool]:
        """A row without the sites that are struck out, and whether it has none left."""
        sites = [c for c, field in self._columns.items() if field in SELECTORS and row.get(c)]
        left = {c: cells.STRUCK.sub("\n", row[c]).strip(" \n,;|") for c in sites}
        struck = any(left[c] != row[c] and cells.STRUCK.search(row[c]) for c in sites)
        return {**row, **left}, struck and not any(left.values())

    def _in_force(self, row: Mapping[str, str]) -> bool:
        return all(_says(row.get(column, ""), values) for column, values in self._where.items())

    def _naming(self, row: Mapping[str, str], text: str) -> tuple[str, ...]:
        """The cells that may name something, each by itself: put together, the end of one and the
        beginning of the next would be a name. Of a line, which has more than its cells, all."""
        parts = [text] if self._how.layout == "lines" else row.values()
        return tuple(part for part in parts if may_name(part))

    def _undeclared(self, row: Mapping[str, str], found: Sequence[Selector]) -> Iterator[str]:
        """Cells of columns that no declaration names and that name something else than the others
        do: nobody said that they list nothing."""
        if not self._how.columns or len(row) <= len(self._columns):
            return
        known = {str(one.host or one.value) for one in found}
        for column, cell in row.items():
            if cell and column not in self._columns and {*may_name(cell)} - known:
                yield cell

    def _strange_status(self, row: Mapping[str, str]) -> str | None:
        """What is wrong with a word that says neither that a row is in force nor that it is over:
        nobody knows which; None if each word is known, or one says that it is over."""
        unknown = None
        for column, values in self._where.items():
            word = row.get(column, "")
            if _says(word, self._over[column]):
                return None
            if not _says(word, values):
                unknown = f"{column} {row.get(column, '')!r} is neither in force nor over"
        return unknown

    def _selectors(
        self, row: Mapping[str, str], problems: list[str]
    ) -> tuple[tuple[Selector, ...], tuple[str, ...]]:
        found: set[Selector] = set()
        unread: set[str] = set()
        for column, field in self._sites:
            if not row.get(column) or says_nothing(row[column]):
                continue
            cell = cells.read(row[column], field, self._how.separators)
            found.update(cell.found)
            unread.update(cell.unread)
            problems += cell.problems
        return tuple(sorted(found)), tuple(sorted(unread))

    def _id(self, row: Mapping[str, str]) -> str:
        return "/".join(self._all(row, "id"))

    def _all(self, row: Mapping[str, str], field: str) -> list[str]:
        return [row[c] for c in self._by_field.get(field, ()) if row.get(c)]

    def _one(self, row: Mapping[str, str], field: str) -> str | None:
        for column in self._by_field.get(field, ()):
            if told := row.get(column):
                return told
        return None

    def _day(
        self, row: Mapping[str, str], field: str, problems: list[str], *, past: bool = True
    ) -> str | None:
        text = self._one(row, field)
        if text is None or says_nothing(text):
            return None
        try:
            return self._days.day(text, past=past)
        except ValueError as problem:
            problems.append(f"{field} {problem}")
            return None

    def _removed(self, row: Mapping[str, str], problems: list[str]) -> str | None:
        """A day of removal that is there and cannot be read is no "not removed": it stays as
        text."""
        text = self._one(row, "removed")
        if text is None or _NEVER in text or text[:10] in _ZEROS:
            return None
        if says_nothing(text) or says_no_end(text):
            return None
        day = self._day(row, "removed", problems, past=False)
        if day and day[:10] in _ZEROS:
            return None
        if day and _OTHER_CALENDAR[0] <= day[:4] <= _OTHER_CALENDAR[1]:
            problems.append(f"removed {text!r} reads as {day[:10]}: a day of another calendar?")
            return f"{text} (of another calendar?)"
        return day or text

    def _decision(self, row: Mapping[str, str], problems: list[str]) -> Decision | None:
        body = self._one(row, "body") or self._how.body
        decision = Decision(body, self._one(row, "number"), self._day(row, "date", problems))
        return None if decision == Decision() else decision

    def _attributes(self, row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple(sorted((name, row[column]) for name, column in self._named if row.get(column)))


def _is_note(row: Mapping[str, str], entry_id: str) -> bool:
    """Whether a row says nothing but words where its id should be: `Updated 1 March`."""
    words = [word for word in entry_id.split() if any(map(str.isalpha, word))]
    return bool(words) and " " in entry_id and [*filter(None, row.values())] == [entry_id]


def _folded(word: str) -> str:
    """A word whatever its case, in Turkish too, whose capital letters i no other language folds,
    and whatever its accents: Greek has none on capitals, Arabic and Hebrew have vowels at will."""
    if word.isascii():
        return word.casefold()
    plain = unicodedata.normalize("NFKD", word.casefold()).replace("\u0131", "i")
    return _UNSAID.sub("", plain)


@lru_cache(maxsize=4096)
def _says(cell: str, words: frozenset[str]) -> bool:
    """Whether a cell says one of the words, be it with its day and by whom."""
    said = _folded(cell)
    if said in words or len(said) > _LONGEST_STATUS:
        return said in words
    return any(
        said.startswith(word) and not said[len(word)].isalnum() and _tells_when(said[len(word) :])
        for word in words
        if word
    )


def _tells_when(text: str) -> bool:
    """Whether words behind a status say when and by whom, and nothing else."""
    words = re.findall(r"\w+", text)
    return all(
        word[0].isdigit()
        or word in _WHEN_AND_BY_WHOM
        or (before[:1].isdigit() and word.isalpha() and _YEAR.fullmatch(behind))
        for before, word, behind in zip(("", *words), words, (*words[1:], ""), strict=False)
    )


def check(register: str, how: Declared) -> None:
    """Refuse columns that mean nothing, and a declaration without a selector."""
    for column, field in how.columns.items():
        if field not in FIELDS and not field.startswith(ATTRIBUTE):
            raise CatalogueError(
                f"{register}: declared.columns.{column} is {field!r}; one of "
                f"{', '.join(sorted(FIELDS))} or {ATTRIBUTE}NAME"
            )
    if how.layout == "hosts" and not how.columns:
        return
    if how.layout == "lines" and how.line is None:
        raise CatalogueError(f"{register}: layout 'lines' needs declared.line, an expression")
    if how.line is not None:
        unnamed = [c for c in how.columns if c not in compiled(how.line).groupindex]
        if unnamed:
            raise CatalogueError(
                f"{register}: declared.line has no group named {', '.join(unnamed)}"
            )
    if not any(field in SELECTORS for field in how.columns.values()):
        raise CatalogueError(
            f"{register}: declared.columns names no column as {', '.join(sorted(SELECTORS))}"
        )
    for table in ("where", "over", "rewrite", "corrections", "filled"):
        strange = getattr(how, table).keys() - {*how.columns, LINE}
        if strange:
            raise CatalogueError(
                f"{register}: declared.{table} names {', '.join(sorted(strange))}, "
                "which declared.columns does not"
            )


def needed(how: Declared) -> Sequence[str]:
    """The columns without which a state says something else than it means."""
    kinds = {*SELECTORS, "id", "removed"}
    meant = [column for column, field in how.columns.items() if field in kinds]
    return [*meant, *(c for c in (*how.where, *how.filled) if c not in meant)]


def missing(how: Declared, header: Iterable[str]) -> list[str]:
    """Those of them that a header lacks."""
    known = set(header)
    # Where a column names sites itself, its links are beside them, and there may be none.
    sites = {c for c, field in how.columns.items() if field in SELECTORS}
    known |= {f"{column}{HREF}" for column in known & sites}
    return [column for column in needed(how) if column not in known]


def _named(text: str) -> str:
    """A selector as a part of an entry's name, which is always shown: a path only as its digest."""
    text = _LOGIN.sub("//", text)
    _, _, rest = text.partition("://")
    host, _, path = rest.partition("/")
    if not path:
        return text
    return f"{host}/~{blake2b(text.encode('utf-8', 'backslashreplace'), digest_size=6).hexdigest()}"
