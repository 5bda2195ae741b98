"""How to cite a page: in words, as BibTeX, as CSL-JSON (what Zotero and pandoc read).

BibTeX: @misc with howpublished, as biblatex and classic styles both take it. CSL-JSON 1.0.2:
https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html
"""

import json
import re
from datetime import date

import msgspec

_SPECIAL = re.compile(r"[&%$#_{}~^\\]")
_ESCAPED = {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
_LANGUAGES = {"en": "english", "ru": "russian", "zh": "chinese"}
"""As babel and polyglossia of LaTeX call them."""
_KEY = re.compile(r"[^a-z0-9]+")


class PageCitation(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it is cited. `url` holds all three times, so that it gives the same answer
    again."""

    title: str
    url: str
    day: date
    """The day of which it tells."""
    read: date
    """The day up to which it had been published."""
    note: str
    """Of which day it tells, in the language of the page."""
    language: str = "en"

    @property
    def key(self) -> str:
        """A name within a bibliography: letters and digits of the title, and the day."""
        return f"gatewatch-{_KEY.sub('-', self.title.casefold()).strip('-')[:40]}-{self.day:%Y%m%d}"

    @property
    def bibtex(self) -> str:
        """One @misc entry."""
        fields = {
            "author": "{Gatewatch}",  # braced twice: a name that is not taken apart
            "title": _tex(self.title),
            "year": str(self.read.year),
            "month": str(self.read.month),
            "url": self.url,
            "howpublished": rf"\url{{{self.url}}}",
            "urldate": self.read.isoformat(),
            "note": _tex(self.note),
            "langid": _LANGUAGES[self.language],
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{self.key},\n{lines}\n}}"

    @property
    def csl(self) -> str:
        """A list of one item, as JSON."""
        item = {
            "id": self.key,
            "type": "webpage",
            "title": self.title,
            "container-title": "Gatewatch",
            "author": [{"literal": "Gatewatch"}],
            "issued": {"date-parts": [[self.read.year, self.read.month, self.read.day]]},
            "accessed": {"date-parts": [[self.read.year, self.read.month, self.read.day]]},
            "note": self.note,
            "URL": self.url,
            "language": self.language,
        }
        return json.dumps([item], ensure_ascii=False, indent=1)


def _tex(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPED.get(found[0], f"\\{found[0]}"), text)
