"""A case as one HTML file: the sentence, the lanes, the steps as a table, who disagrees, sources.

No script, and nothing fetched: it can be mailed, printed and kept.
"""

from html import escape

from gatewatch.cases.case import Case, Position, Question, Source, Step
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.draw import case as lanes
from gatewatch.draw import marks
from gatewatch.model.redaction import clean
from gatewatch.words.cases import headline, named, short

_STYLE = f"""
:root {{ color-scheme: light dark; {{light}} }}
@media (prefers-color-scheme: dark) {{ :root {{ {{dark}} }} }}
@media print {{ :root {{ {{light}} }} a[href^="http"]::after {{ content: " (" attr(href) ")" }} }}
body {{ font: 17px/1.5 {marks.FONT}; margin: 0 auto; max-width: 66rem; padding: 1rem 1.5rem;
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


def html(case: Case) -> str:
    """The page, whole."""
    name, place = escape(clean(case.service.name)), escape(country(case.jurisdiction))
    others = " · ".join(
        f'<span lang="{lang}">{escape(clean(one))}</span>'
        for lang in ("zh", "ru")
        for one in getattr(case.service.names, lang)
    )
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{name} in {place}</title><style>{_style()}</style></head><body><main>",
        f"<h1>{name} in {place} <small>{others}</small></h1>",
        f'<p class="answer">{escape(clean(headline(case)))}</p>',
        *_facts(case),
        "<h2>Five lanes</h2>",
        f'<div class="wide" tabindex="0" role="region" aria-label="Timeline">{lanes.svg(case)}</div>',
        f'<div class="narrow">{_renamed(lanes.svg(case, narrow=True))}</div>',
        "<h2>Steps</h2>",
        *_steps(case),
        "<h2>Who disagrees</h2>",
        *_disputes(case),
        "<h2>Sources</h2>",
        *_sources(case),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _style() -> str:
    light = ";".join(f"--{k}:{v}" for k, v in marks.LIGHT.items())
    dark = ";".join(f"--{k}:{v}" for k, v in marks.DARK.items())
    return _STYLE.replace("{light}", light).replace("{dark}", dark)


def _renamed(svg: str) -> str:
    """Names that two drawings on one page would share."""
    for name in ('"t"', '"d"', '"h"', '"t d"'):
        svg = svg.replace(f"id={name}", f'id="n{name[1:]}')
    return svg.replace('aria-labelledby="t d"', 'aria-labelledby="nt nd"').replace(
        "url(#h)", "url(#nh)"
    )


def _facts(case: Case) -> list[str]:
    rows = [("Law", _held(case.ground)), ("Stated reason", _held(case.reason))]
    if case.would_lift:
        done = "done" if case.would_lift.done else "not done, as far as is known"
        rows.append(("Would lift it", f"{case.would_lift.text} ({done})"))
    rows.append(("Network", f"{case.network.state}: {case.network.why}"))
    if case.as_of:
        rows.append(("As of", f"{case.as_of}, by what had been published then"))
    cells = "".join(f"<tr><th scope=row>{n}</th><td>{escape(clean(v))}</td></tr>" for n, v in rows)
    return [f"<table><tbody>{cells}</tbody></table>"]


def _held(question: Question) -> str:
    if not question.positions:
        return "none on record"
    if question.tie:
        return " or ".join(
            p.name for p in question.positions if p.strength == question.positions[0].strength
        )
    more = "; others say otherwise" if question.disputed else ""
    return question.positions[0].name + more


def _steps(case: Case) -> list[str]:
    head = "<thead><tr><th>No.</th><th>Step</th><th>Day</th><th>What is said</th><th>Sources</th></tr></thead>"
    rows = "".join(_step(step) for step in case.steps) or "<tr><td>No step is on record.</td></tr>"
    return [f"<table>{head}<tbody>{rows}</tbody></table>"]


def _step(step: Step) -> str:
    others = ", ".join(p.value for p in step.dates.positions[1:])
    day = short(step.day) + (f"; told too: {others}" if others else "")
    said = step.says[0] if step.says else step.inferred
    return (
        f'<tr id="step-{step.number}"><td class="n">{step.number}</td><td>{escape(clean(named(step)))}</td>'
        f"<td>{escape(clean(day))}</td><td>{escape(clean(said))}</td><td>{_links(step.sources)}</td></tr>"
    )


def _links(numbers: tuple[int, ...]) -> str:
    return " ".join(f'<a href="#source-{n}">{n}</a>' for n in numbers)


def _disputes(case: Case) -> list[str]:
    rows = [
        *((f"Step {s.number}, {named(s)}", s.dates) for s in case.steps if s.dates.disputed),
        *(
            (name, q)
            for name, q in (
                ("Law", case.ground),
                ("Stated reason", case.reason),
                ("Year of the law", case.law_year),
            )
            if q.disputed
        ),
    ]
    if not rows:
        return ["<p>Nobody, as far as is on record.</p>"]
    return [
        f"<h3>{escape(clean(name))}</h3>{_positions(question, case)}" for name, question in rows
    ]


def _positions(question: Question, case: Case) -> str:
    names = {s.number: s.citation.publisher for s in case.sources}
    rows = "".join(
        _position(p, names, held=not place and not question.tie)
        for place, p in enumerate(question.positions)
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _position(one: Position, names: dict[int, str], *, held: bool) -> str:
    told = ", ".join(dict.fromkeys(names[n] for n in one.sources))
    mark = ' class="held"' if held else ""
    return (
        f"<tr><td{mark}>{escape(clean(one.name))}{' <b>Held</b>' if held else ''}</td>"
        f'<td{mark}>{one.independent}</td><td{mark}>{escape(clean(told))} <span class="m">{_links(one.sources)}</span></td></tr>'
    )


def _sources(case: Case) -> list[str]:
    return [f"<ol>{''.join(_source(s) for s in case.sources)}</ol>"]


def _source(one: Source) -> str:
    text = one.citation
    of = f" (from {text.origin})" if text.origin else ""
    when = (
        f"{one.published}{' or later, inferred' if one.inferred else ''}"
        if one.published
        else "undated"
    )
    name = escape(clean(text.title or text.url))
    safe = text.url.startswith(("http://", "https://"))
    link = f'<a href="{escape(text.url)}" rel="noreferrer">{name}</a>' if safe else name
    return f'<li id="source-{one.number}">{escape(clean(text.publisher + of))}, {when}: {link}</li>'
