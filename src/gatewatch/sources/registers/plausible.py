"""Which of several encodings a text is in, where all of its bytes fit more than one.

Every byte is a letter or a sign in most encodings of one byte a letter, so a wrong one makes other
words and, of names of hosts, other hosts. What gives it away is what nobody writes: controls, signs
and capitals within words, letters of two scripts in one word or of another language, and of
Cyrillic the rare letters instead of the frequent ones. Signs of the register's own language count
where its country has one. In doubt the declared encoding stands.
"""

import codecs
import re
import unicodedata
from collections.abc import Sequence
from math import exp, log

_FAMILIES = (
    ("cp1251", "koi8-u", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic"),
    ("cp1252", "iso8859-15", "iso8859-1", "cp850"),
    ("cp1250", "iso8859-2", "cp852"),
    ("cp1253", "iso8859-7"),
    ("cp1254", "iso8859-9"),
    ("cp1255", "iso8859-8"),
    ("cp1256", "iso8859-6"),
    ("cp1257", "iso8859-13"),
)
"""Encodings of one script that are taken for each other, the commonest first."""
_LATIN = frozenset({"cp1250", "cp1252", "cp1254", "cp1257"})
"""The heads of families that are tried beside each other where the country tells the language."""
_ALPHABETS = {
    "áčďéěíňóřšťúůýž": "CZ",
    "áäčďéíĺľňóôŕšťúýž": "SK",
    "ąćęłńóśźż": "PL",
    "áéíóöőúüű": "HU",
    "čćđšž": "HR SI BA RS ME",
    "ăâîșțşţ": "RO MD",
    "çğıöşüâîû": "TR",
    "äõöüšž": "EE",
    "āčēģīķļņšūž": "LV",
    "ąčęėįšųūž": "LT",
    "äöüß": "DE AT",
    "àâæçéèêëîïôœùûü": "FR",
    "áéíñóúü": "ES MX AR CL CO PE",
    "áâãàçéêíóôõúü": "PT BR",
    "àèéìíîòóùú": "IT",
    "åäöæøé": "SE NO DK FI",
}
_LETTERS_OF = {
    country: frozenset(letters + letters.upper())
    for letters, countries in _ALPHABETS.items()
    for country in countries.split()
}
_CYRILLIC = {
    letter: 100 * exp(-rank / 10)
    for rank, letter in enumerate("оеаинтсрвлкімдпуяыьгзбчйхжшюїцщєэфъёґ")
}
"""Letters in a thousand, about, of Russian and Ukrainian together."""
_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SAMPLE = 1 << 16
_MOST_WORDS = 2000
_EVIDENCE = 8.0
"""How many times likelier, as a natural logarithm, another encoding must be: 3,000 times."""
_ANY_LETTER, _ANY_SIGN, _STRANGE_LETTER = log(1 / 60), log(1 / 100), log(1 / 600)
_MISPLACED_SIGN, _NEVER = log(1 / 2000), log(1 / 200_000)
_MISFIT = log(1 / 50)
"""Of a capital behind a small letter, and of two scripts in a word."""
_AT_BEGIN = frozenset({"Pi", "Ps", "Pd", "Zs", "Sc", "Nd"})
_WITHIN = frozenset({"Pd", "Pf", "Po", "Zs", "Mn", "Cf"})
_NOT_WITHIN = "\u00a1\u00a7\u00b6\u00bf\u00bb"
_NOBODYS = "\u00a4\ufffd"


def better(data: bytes, declared: str, country: str | None = None) -> str | None:
    """The encoding that a text is in rather than the declared one; None if that may well be."""
    own = _canonical(declared)
    family = next((family for family in _FAMILIES if own in family), None)
    words = _words(data) if family else []
    if family is None or not words:
        return None
    letters = _LETTERS_OF.get(country or "")
    rivals = [name for name in family if name != own]
    if letters and family[0] in _LATIN:
        rivals += [name for f in _FAMILIES if f[0] in _LATIN and f != family for name in f]
    best = max(rivals, key=lambda name: _likelihood(words, name, letters))
    gain = _likelihood(words, best, letters) - _likelihood(words, own, letters)
    return best if gain >= _EVIDENCE else None


def _canonical(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return encoding


def _words(data: bytes) -> Sequence[bytes]:
    """Words with bytes beyond ASCII, each once: of a long text those of a sample that begins where
    they do."""
    first = next((n.start() for n in re.finditer(rb"[\x80-\xff]", data)), len(data))
    found = dict.fromkeys(word[0] for word in _WORD.finditer(data, 0, first + _SAMPLE))
    return list(found)[:_MOST_WORDS]


def _likelihood(words: Sequence[bytes], encoding: str, letters: frozenset[str] | None) -> float:
    """The logarithm of how likely anybody writes these words."""
    return sum(_of_word(word.decode(encoding, "replace"), letters) for word in words)


def _of_word(word: str, letters: frozenset[str] | None) -> float:
    told = 0.0
    before = ""
    for at, sign in enumerate(word):
        if sign.isascii() and before.isascii():
            before = sign
            continue
        if sign.isalpha():
            told += 0 if sign.isascii() else _of_letter(sign, letters)
            if before.islower() and sign.isupper():
                told += _MISFIT
            if before.isalpha() and _script(before) != _script(sign):
                told += _MISFIT
        else:
            told += _of_sign(sign, before, word[at + 1 : at + 2])
        before = sign
    return told


def _of_letter(letter: str, letters: frozenset[str] | None) -> float:
    if "\u0400" <= letter <= "\u04ff":
        return log(_CYRILLIC.get(letter.lower(), 0.1) / 1000)
    if letters and "LATIN" in unicodedata.name(letter, ""):
        return -log(len(letters)) if letter in letters else _STRANGE_LETTER
    return _ANY_LETTER


def _of_sign(sign: str, before: str, behind: str) -> float:
    kind = unicodedata.category(sign)
    if kind == "Cc" or sign in _NOBODYS:
        return _NEVER
    if before.isalpha() and behind.isalpha():
        return _ANY_SIGN if kind in _WITHIN and sign not in _NOT_WITHIN else _MISPLACED_SIGN
    if behind.isalpha() and kind not in _AT_BEGIN:
        return _MISPLACED_SIGN
    return _ANY_SIGN


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
