"""The tables that words and pictures rest on, written from their sources: `make words`.

- `*.po`: every sentence that the source says gets its line, and loses it with the sentence;
- `*.mo`: the same, compiled for the standard library's gettext;
- `cldr.json`: days, months and numbers of each language, from Babel;
- `widths.json`: how wide letters are, from DejaVu Sans, the widest of the common faces.

With --check it says which are stale, and which sentences lack a translation.
"""

import ast
import io
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import normalize, read_po
from fontTools.ttLib import TTFont
from jinja2 import Environment
from jinja2.ext import extract_from_ast

SOURCE = Path(__file__).parents[1] / "src" / "gatewatch"
WORDS, DRAW = SOURCE / "words", SOURCE / "draw"
TRANSLATED = ("ru", "zh")
_ONCE = datetime(2026, 1, 1, tzinfo=UTC)
"""In place of the time of writing, by which no two writings would be alike."""
_CALLS = frozenset({"message", "_", "MistakeError", "RefusedError", "StoppedError"})
_LOCALES = {"en": "en_GB", "ru": "ru", "zh": "zh"}
_FACE = Path("/usr/share/fonts/truetype/dejavu")
_LETTERS = [
    *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x370, 0x400), *range(0x400, 0x530),
    *range(0x2010, 0x2028), 0x2026, 0x2030, 0x2039, 0x203A, 0x20AC, 0x2116, 0x2190, 0x2192, 0x2212,
    0x2260, 0x00B7,
]  # fmt: skip


def sentences() -> dict[str, str]:
    """Every sentence of the source by its id, with its plural or nothing."""
    found: dict[str, str] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        found |= dict(_of_python(file.read_text(encoding="utf-8")))
    environment = Environment(autoescape=True)
    for file in sorted(SOURCE.rglob("*.html")):
        tree = environment.parse(file.read_text(encoding="utf-8"))
        for _, _, given in extract_from_ast(tree, gettext_functions=("_",)):
            several = given if isinstance(given, tuple) else (given,)
            parts = [one for one in several if one]
            if parts:
                found[parts[0]] = parts[1] if len(parts) > 1 else found.get(parts[0], "")
    return {text: plural for text, plural in found.items() if _PLACE.sub("", text)}


_PLACE = re.compile(r"\{[^}]*\}")
"""A sentence of places alone is the same in every language."""


def _of_python(text: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        given = [one.value for one in node.args if isinstance(one, ast.Constant)]
        told = [one for one in given if isinstance(one, str)]
        if called in _CALLS and told:
            yield told[0], told[1] if len(told) > 1 else ""


def names() -> dict[str, str]:
    """Names that the catalogue holds in English: laws and what they ask, offices, registers,
    reasons, and why a rule decides as it does."""
    from gatewatch.analysis.network.judge import NOT_JUDGED
    from gatewatch.catalogue import facts, registers, rules

    held, judged = facts.load(), rules.load()
    demo = registers.read(SOURCE / "catalogue" / "demo" / "ru-demo.toml")
    found = [
        *(
            text
            for one in held.instruments.values()
            for text in (one.number, one.name, one.obligation, one.sanction, one.lifts, one.note)
        ),
        *(one.authority for one in held.instruments.values()),
        *(one.name for one in held.authorities.values()),
        *(text for one in held.lists.values() for text in (one.name, one.authority)),
        *(one.name for one in held.reasons.values()),
        *(text for one in held.claims.values() for text in (one.actor, one.law)),
        *(one.kind for one in held.services.values()),
        *(one.comment for one in judged.rules),
        *(one.comment for one in judged.caveats),
        *NOT_JUDGED.values(),
        *(
            text
            for one in (demo, *registers.declared().values())
            for text in (one.title, one.authority, one.publisher, one.law, one.licence)
        ),
        *(
            text
            for one in (demo, *registers.declared().values())
            for text in (*one.grounds.values(), *(article.text for article in one.articles))
        ),
        *(one.part.what for one in (demo, *registers.declared().values()) if one.part),
    ]
    return {text: "" for text in found if text}


def merged(domain: str, language: str, wanted: dict[str, str]) -> bytes:
    """A catalogue with every sentence wanted and no other, what was translated kept."""
    file = WORDS / f"{domain}{language}.po"
    old = Catalog(locale=language)
    if file.exists():
        with file.open("rb") as lines:
            old = read_po(lines, locale=language)
    parts = [_HEADER.format(language=language, plurals=old.plural_forms)]
    for text, plural in sorted(wanted.items()):
        known = old.get(text)
        said = (known.string if known else None) or ""
        several = [one or "" for one in said] if isinstance(said, list | tuple) else [said]
        parts.append(_entry(text, plural, several, old.num_plurals))
    return "\n".join(parts).encode()


_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals}\\n"
"""


def _entry(text: str, plural: str, said: list[str], count: int) -> str:
    lines = [f"msgid {normalize(text, width=96)}"]
    if plural:
        lines.append(f"msgid_plural {normalize(plural, width=96)}")
        forms = [*said, *[""] * count][:count]
        lines += [f"msgstr[{n}] {normalize(one, width=96)}" for n, one in enumerate(forms)]
    else:
        lines.append(f"msgstr {normalize(said[0], width=96)}")
    return "\n".join(lines) + "\n"


def compiled(text: bytes, language: str) -> bytes:
    """A catalogue as gettext reads it."""
    out, catalogue = io.BytesIO(), read_po(io.BytesIO(text), locale=language)
    catalogue.creation_date = catalogue.revision_date = _ONCE
    write_mo(out, catalogue)
    return out.getvalue()


def cldr() -> bytes:
    """What dates and numbers look like, of each language."""
    every = {language: _customs(locale) for language, locale in _LOCALES.items()}
    return json.dumps(every, ensure_ascii=False, indent=1).encode() + b"\n"


def _customs(name: str) -> dict[str, Any]:
    locale = Locale.parse(name)
    skeletons = locale.datetime_skeletons

    def months(context: str, width: str) -> list[str]:
        return [str(locale.months[context][width][n]) for n in range(1, 13)]

    forms = {"alone": "stand-alone", "format": "format"}
    symbols = locale.number_symbols.get("latn", locale.number_symbols)
    return {
        "months": {
            form: {"wide": months(cldr, "wide"), "short": months(cldr, "abbreviated")}
            for form, cldr in forms.items()
        },
        "weekdays": [str(locale.days["stand-alone"]["abbreviated"][n]) for n in range(7)],
        "patterns": {
            "day": _plain(locale.date_formats["long"].pattern),
            "day_month": _plain(skeletons["MMMd"].pattern),
            "month_year": _plain(skeletons["yMMMM"].pattern),
            "year": _plain(skeletons["y"].pattern),
        },
        "group": str(symbols["group"]),
        "decimal": str(symbols["decimal"]),
        "comma": "\uff0c" if name == "zh" else ", ",
    }


def _plain(pattern: str) -> str:
    """Without the abbreviated word for year, whose full stop would end every sentence twice."""
    return re.sub(r"\s*'\u0433'\.", "", pattern)


def widths() -> bytes:
    """Advances in thousandths of the size, by letter, of the regular and of the bold face."""
    found = {
        weight: _advances(TTFont(_FACE / file))
        for weight, file in (("regular", "DejaVuSans.ttf"), ("bold", "DejaVuSans-Bold.ttf"))
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _advances(face: TTFont) -> dict[str, int]:
    """Letters by their width: few widths are shared by many letters."""
    known, size = face.getBestCmap(), face["head"].unitsPerEm
    return {
        chr(code): round(1000 * face["hmtx"][known[code]][0] / size)
        for code in _LETTERS
        if code in known
    }


def tables() -> Iterator[tuple[Path, bytes]]:
    """Every generated file with what it should hold."""
    wanted = {"": sentences(), "names.": names()}
    for domain, texts in wanted.items():
        for language in TRANSLATED:
            text = merged(domain, language, texts)
            yield WORDS / f"{domain}{language}.po", text
            yield WORDS / f"{domain}{language}.mo", compiled(text, language)
    yield WORDS / "cldr.json", cldr()
    yield DRAW / "widths.json", widths()


def missing() -> Iterator[str]:
    """Sentences that have no translation. A name may have none: it is then marked as English."""
    for language in TRANSLATED:
        with (WORDS / f"{language}.po").open("rb") as lines:
            for one in read_po(lines, locale=language):
                said = one.string if isinstance(one.string, list | tuple) else (one.string,)
                if one.id and not all(said):
                    yield f"{language}: {one.id if isinstance(one.id, str) else one.id[0]}"


def main() -> None:
    """Write the tables, or with --check say which are stale."""
    held = list(tables())
    if "--check" not in sys.argv:
        for path, content in held:
            path.write_bytes(content)
    stale = [
        path.name for path, content in held if not path.exists() or path.read_bytes() != content
    ]
    bare = list(missing())
    if stale or bare:
        shown = "\n  ".join(bare)
        sys.exit(f"stale: {', '.join(stale)}; run make words\nnot translated:\n  {shown}")
    print("words are up to date")


if __name__ == "__main__":
    main()
