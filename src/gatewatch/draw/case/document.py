"""A case as one HTML file: the sentence, the lanes, the steps as a table, who disagrees, sources.

No script, and nothing fetched: it can be mailed, printed and kept.
"""

from collections.abc import Iterator
from html import escape

from gatewatch.cases.case import Case, Step
from gatewatch.cases.headline import headline
from gatewatch.cases.positions import Position, Question, Source
from gatewatch.draw import case as pictures
from gatewatch.draw import palette
from gatewatch.draw.case.lanes import held
from gatewatch.draw.case.sheet import when
from gatewatch.model import day as days
from gatewatch.model.message import Message, message
from gatewatch.model.redaction import clean
from gatewatch.words import say
from gatewatch.words.basis import beside
from gatewatch.words.cases import named, title
from gatewatch.words.disputes import nearest, questions, settled, shown_by
from gatewatch.words.lanes import NAMES

_STYLE = f"""
:root {{ color-scheme: light dark; {palette.values(palette.LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {palette.values(palette.DARK)} }} }}
@media print {{ :root {{ {palette.values(palette.LIGHT)} }}
  a[href^="http"]::after {{ content: " (" attr(href) ")" }} }}
body {{ font: 17px/1.5 {palette.FONT}; margin: 0 auto; max-width: 66rem; padding: 1rem 1.5rem;
  background: var(--paper); color: var(--ink) }}
h1 {{ font-size: 2.2rem; line-height: 1.18; margin: 1rem 0 }} h2 {{ border-top: 2px solid var(--ink);
  font-size: 1.5rem; margin-top: 2.5rem; padding-top: .7rem }}
h1 small {{ color: var(--ink-2); font-size: 1.1rem; font-weight: 400 }}
p.answer {{ font-size: 1.5rem; line-height: 1.3; max-width: 40ch }}
table {{ border-collapse: collapse; font-size: .94rem; width: 100% }}
th, td {{ border-top: 1px solid var(--hair); padding: .4rem .8rem .4rem 0; text-align: left;
  vertical-align: top }} td.held {{ background: var(--tint) }}
td.n {{ font-variant-numeric: tabular-nums }} a {{ color: var(--duty) }} .m {{ color: var(--ink-2) }}
.wide svg {{ height: auto; max-width: 100% }} .narrow {{ display: none }}
@media screen and (max-width: 40rem) {{ .wide {{ display: none }} .narrow {{ display: block }}
  .narrow svg {{ height: auto; max-width: 100% }}
  table, tbody, tr, td {{ display: block }} thead {{ display: none }} td {{ border: 0; padding: .1rem 0 }}
  tr {{ border-top: 1px solid var(--hair); padding: .5rem 0 }} }}
:lang(zh) {{ line-height: 1.7 }}
"""


def html(case: Case, language: str = "en") -> str:
    """The page, whole."""
    return "\n".join(_Page(case, language).parts())


class _Page:
    """One case in one language."""

    def __init__(self, case: Case, language: str) -> None:
        self._case, self._language = case, language

    def parts(self) -> Iterator[str]:
        case, name = self._case, self._say(title(self._case))
        wide = pictures.svg(case, language=self._language, linked=True)
        narrow = pictures.svg(case, language=self._language, narrow=True, linked=True)
        timeline = self._say(message("Timeline"))
        yield f'<!doctype html>\n<html lang="{self._language}"><head><meta charset="utf-8">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield (
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        )
        yield f"<title>{name}</title><style>{_STYLE}</style></head><body><main>"
        yield f"<h1>{name} <small>{self._other_names()}</small></h1>"
        yield f'<p class="answer">{self._say(headline(case))}</p>'
        yield self._facts()
        yield self._head(message("Timeline"))
        yield f'<div class="wide" tabindex="0" role="region" aria-label="{timeline}">{wide}</div>'
        yield f'<div class="narrow">{_renamed(narrow)}</div>'
        yield self._head(message("Steps"))
        yield self._steps()
        yield self._head(message("Who disagrees"))
        yield from self._disputes()
        yield self._head(message("Sources"))
        yield f"<ol>{''.join(self._source(one) for one in case.sources)}</ol>"
        yield "</main></body></html>\n"

    def _say(self, said: Message | str) -> str:
        """In the page's language; a name without a form in it carries its own."""
        return escape(clean(say(said, self._language)))

    def _head(self, said: Message) -> str:
        return f"<h2>{self._say(said)}</h2>"

    def _other_names(self) -> str:
        names = self._case.service.names
        return " · ".join(
            f'<span lang="{lang}">{escape(clean(one))}</span>'
            for lang in ("zh", "ru")
            for one in getattr(names, lang)
        )

    def _facts(self) -> str:
        case = self._case
        rows = [
            (message("Law"), self._rests(case.ground, "ground")),
            (message("Stated reason"), self._rests(case.reason, "reason")),
        ]
        if lift := case.would_lift:
            done = message("done") if lift.done else message("not done, as far as is known")
            told = message("{what} ({done})", what=lift.text, done=done)
            rows.append((message("Would lift it"), self._say(told)))
        rows += [(NAMES[lane.name], self._say(lane.summary)) for lane in held(case)]
        if case.as_of:
            told = message("{day}, by what had been published then", day=case.as_of)
            rows.append((message("As published by"), self._say(told)))
        cells = "".join(
            f"<tr><th scope=row>{self._say(name)}</th><td>{value}</td></tr>" for name, value in rows
        )
        return f"<table><tbody>{cells}</tbody></table>"

    def _rests(self, question: Question, about: str) -> str:
        """What the measure rests on that brought the state, and what others do."""
        more = (self._say(one) for one in beside(self._case, about))
        return "; ".join([self._question(question), *more])

    def _question(self, question: Question) -> str:
        if not question.positions:
            return self._say(message("none on record"))
        best = question.positions[0]
        if question.tie:
            tied = [p.name for p in question.positions if p.strength == best.strength]
            return "; ".join(map(self._say, tied))
        if question.disputed:
            return self._say(message("{held}; others say otherwise", held=best.name))
        return self._say(best.name)

    def _steps(self) -> str:
        heads = (
            message("No."),
            message("Step"),
            message("Day"),
            message("What is said"),
            message("Sources"),
        )
        cells = "".join(f"<th>{self._say(one)}</th>" for one in heads)
        none = f"<tr><td>{self._say(message('No step is on record.'))}</td></tr>"
        rows = "".join(map(self._step, self._case.steps)) or none
        return f"<table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>"

    def _step(self, step: Step) -> str:
        others = [
            message("told too: {day}", day=days.parse(one.value))
            for one in step.dates.positions[1:]
        ]
        day = "; ".join(
            [escape(when(step.day, self._language)), *(self._say(one) for one in others)]
        )
        said = _quoted(step.says[0]) if step.says else self._say(shown_by(step))
        return (
            f'<tr id="step-{step.number}"><td class="n">{step.number}</td>'
            f"<td>{self._say(named(step))}</td><td>{day}</td><td>{said}</td>"
            f"<td>{_links(step.sources)}</td></tr>"
        )

    def _disputes(self) -> Iterator[str]:
        asked = questions(self._case)
        if not asked:
            yield f"<p>{self._say(message('Nobody, as far as is on record.'))}</p>"
        for name, question in asked:
            rows = "".join(
                self._position(one, held=not place and not question.tie)
                for place, one in enumerate(question.positions)
            )
            why = settled(question)
            told = f"<p>{self._say(why)}</p>" if why else ""
            yield f"<h3>{self._say(name)}</h3>{told}<table><tbody>{rows}</tbody></table>"

    def _position(self, one: Position, *, held: bool) -> str:
        names = {s.number: s.citation.publisher for s in self._case.sources}
        told = ", ".join(dict.fromkeys(names[n] for n in one.sources))
        mark = ' class="held"' if held else ""
        name = days.parse(one.value) if one.name == one.value and one.value[:4].isdigit() else None
        shown = escape(when(name, self._language)) if name else self._say(one.name)
        accepted = f" <b>{self._say(message('Accepted'))}</b>" if held else ""
        count = message("{n} source", "{n} sources", n=one.independent)
        return (
            f"<tr><td{mark}>{shown}{accepted}</td><td{mark}>{self._say(count)}</td>"
            f"<td{mark}>{self._say(nearest(one))}</td>"
            f'<td{mark}>{escape(clean(told))} <span class="m">{_links(one.sources)}</span></td></tr>'
        )

    def _source(self, one: Source) -> str:
        cited = one.citation
        name = escape(clean(cited.title or cited.url))
        live = cited.url.startswith(("http://", "https://"))
        link = f'<a href="{escape(cited.url)}" rel="noreferrer">{name}</a>' if live else name
        who = escape(clean(cited.publisher))
        if cited.origin:
            who += f" ({self._say(message('from {origin}', origin=cited.origin))})"
        parts = [message("undated")]
        if one.published:
            parts = [message("{day}", day=one.published)]
            parts += [message("or later, inferred")] if one.inferred else []
        told = ", ".join(map(self._say, parts))
        return f'<li id="source-{one.number}">{who}, {told}: {link}</li>'


def _quoted(text: str) -> str:
    """What a source says, in the words of the record, which are English."""
    return f'<span lang="en">{escape(clean(text))}</span>'


def _links(numbers: tuple[int, ...]) -> str:
    return " ".join(f'<a href="#source-{n}">{n}</a>' for n in numbers)


def _renamed(svg: str) -> str:
    """Names that two drawings on one page would share."""
    for name in ('"t"', '"d"', '"h"'):
        svg = svg.replace(f"id={name}", f'id="n{name[1:]}')
    svg = svg.replace('aria-labelledby="t d"', 'aria-labelledby="nt nd"')
    return svg.replace("url(#h)", "url(#nh)")
