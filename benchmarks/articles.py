"""Reading 100 kB of news on one core, beside its patterns alone, tried one after the other by
`re`."""

import re
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from itertools import cycle
from pathlib import Path

from benchmarks.measure import Result
from gatewatch.catalogue import facts, vocabulary
from gatewatch.sources.articles.propose import read
from gatewatch.sources.articles.text import article

_TEXTS = Path(__file__).parents[1] / "tests" / "sources" / "articles" / "texts"
_BYTES = 100_000
_PROMISED = 0.15
_DAY = date(2025, 1, 1)


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """Texts of our own, each sentence of which says something: thicker than any paper."""
    del shared
    services = facts.load().services
    for language in vocabulary.LANGUAGES:
        data = _news(language, _BYTES // (10 if tiny else 1))
        patterns = [re.compile(text, re.IGNORECASE) for text in _patterns(language)]
        read(article(data, language), services, _DAY)  # the first text compiles the patterns

        def ours(data: bytes = data, language: str = language) -> object:
            return read(article(data, language), services, _DAY)

        def baseline(text: str = data.decode(), patterns: list[re.Pattern[str]] = patterns) -> int:
            return sum(1 for pattern in patterns for _ in pattern.finditer(text))

        fast, slow = _cpu(ours), _cpu(baseline)
        yield Result(
            f"read {len(data) // 1000} kB of news, {language}",
            f"{fast:.3f} s of a core",
            f"{slow:.3f} s: {len(patterns)} patterns by re.finditer, which only finds words",
            slow / fast,
            f"under {_PROMISED} s",
            fast < _PROMISED,
        )


def _patterns(language: str) -> list[str]:
    words = vocabulary.load(language)
    return [
        text for found in (words.actions, words.reasons, words.bodies) for text in found.patterns
    ]


def _news(language: str, size: int) -> bytes:
    """Texts one after the other, numbered so that no sentence comes twice."""
    files = sorted(_TEXTS.glob(f"{language}-*.toml"))
    texts = [one["text"] for file in files for one in tomllib.loads(file.read_text())["text"]]
    plain = cycle([text for text in texts if "<html" not in text])
    made, length = [], 0
    for number, text in enumerate(plain):
        made.append(re.sub(r"([.。])(?=[\s\u4e00-\u9fff]|$)", rf" {number}\1", text) + "\n\n")
        length += len(made[-1].encode())
        if length >= size:
            break
    return "".join(made).encode()


def _cpu(work: Callable[[], object], repeat: int = 5) -> float:
    """Seconds of a core: other work on the machine counts as little as it can."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best
