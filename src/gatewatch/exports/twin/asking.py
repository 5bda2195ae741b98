"""The site asked for its pages, and these rewritten, over processes: each opens the site for itself
and writes what it was told to a folder that all share."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from gatewatch.engines.local import START, begun
from gatewatch.exports.twin.crawling import MAP, OK, Ask, Crawl, Reply, leads
from gatewatch.exports.twin.places import Address, Held, request
from gatewatch.exports.twin.rewriting import CopyTarget, Linker, page, plain
from gatewatch.words import day as day_in_words
from gatewatch.words.languages import LANGUAGES

Open = Callable[[Path], AbstractContextManager[Ask]]
"""Opens the site with a folder of data sets. It goes to other processes, so it is picklable."""
_TEXT = (".atom", ".json", ".jsonld", ".svg", ".xml")
_SHARED = ("/static/", "/data/")
"""Beneath these nothing is told in a language."""
_AHEAD, _BATCH, _BATCHES = 3, 40, 4
"""Pages that wait for each process; pages that are rewritten at a time, at least; how often each
process gets some."""


class AskTask(msgspec.Struct, frozen=True):
    """How the site is opened, and where its pages are written."""

    open: Open
    data: Path
    room: Path


class RawPage(msgspec.Struct, frozen=True):
    """A page as the site wrote it in one language."""

    lang: str
    address: Address
    file: Path


class Rewriting(msgspec.Struct, frozen=True, kw_only=True):
    """What pages are rewritten by."""

    out: Path
    held: Held
    target: CopyTarget
    day: date


class _Told(msgspec.Struct, frozen=True):
    reply: Reply
    leads: list[str]
    pages: list[RawPage]


class Pool:
    """One process or several; with one it is this one."""

    def __init__(self, task: AskTask, processes: int) -> None:
        self._task, self._processes = task, processes
        self._close = ExitStack()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self._processes == 1:
            self._close.callback(_end)
            _begin(self._task)
        else:
            self._pool = self._close.enter_context(
                ProcessPoolExecutor(
                    self._processes,
                    get_context(START),
                    initializer=begun,
                    initargs=(partial(_begin, self._task),),
                )
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool and fault:
            self._pool.shutdown(cancel_futures=True)
        self._close.__exit__(kind, fault, trace)

    def asked(self, crawl: Crawl) -> Iterator[list[RawPage]]:
        """Every page that a copy holds, in all languages. What comes is told to the crawl in the
        order in which it was asked for, so that one process finds what several find."""
        waiting: deque[tuple[Address, Future[_Told]]] = deque()
        number = 0
        while True:
            while len(waiting) < self._processes * _AHEAD and (one := crawl.take()) is not None:
                waiting.append((one, self._submit(number, one)))
                number += 1
            if not waiting:
                return
            address, coming = waiting.popleft()
            told = coming.result()
            if crawl.told(address, told.reply, told.leads):
                yield told.pages

    def _submit(self, number: int, address: Address) -> "Future[_Told]":
        if self._pool:
            return self._pool.submit(_ask, number, address)
        done: Future[_Told] = Future()
        done.set_result(_ask(number, address))
        return done

    def rewrite(self, pages: Sequence[RawPage], by: Rewriting) -> None:
        """Write every page as its file holds it."""
        # Few and large: each brings all addresses along, and remembers the links that it made.
        size = max(_BATCH, -(-len(pages) // (self._processes * _BATCHES)))
        batches = [pages[at : at + size] for at in range(0, len(pages), size)]
        if self._pool:
            for coming in [self._pool.submit(_rewrite, one, by) for one in batches]:
                coming.result()
        else:
            for one in batches:
                _rewrite(one, by)


class _Worker:
    """What a process keeps open."""

    task: AskTask
    ask: Ask
    close: ExitStack


def _begin(task: AskTask) -> None:
    _Worker.task, _Worker.close = task, ExitStack()
    _Worker.ask = _Worker.close.enter_context(task.open(task.data))


def _end() -> None:
    _Worker.close.close()


def _ask(number: int, address: Address) -> _Told:
    reply = _Worker.ask(address.path, address.query)
    if reply.leads_to or reply.status != OK:
        return _Told(msgspec.structs.replace(reply, body=b""), [], [])
    pages = [_kept(number, "en", address, reply.body)] if address != MAP else []
    if pages and not address.path.startswith(_SHARED):
        for lang in (one for one in LANGUAGES if one != "en"):
            body = _Worker.ask(*request(lang, address)).body
            pages.append(_kept(number, lang, address, body))
    return _Told(msgspec.structs.replace(reply, body=b""), leads(address, reply.body), pages)


def _kept(number: int, lang: str, address: Address, body: bytes) -> RawPage:
    file = _Worker.task.room / f"{number}.{lang}"
    file.write_bytes(body)
    return RawPage(lang, address, file)


def _rewrite(pages: Sequence[RawPage], by: Rewriting) -> None:
    linker = Linker(by.held, by.target)
    for one in pages:
        name = by.held.get(one.lang, one.address)
        assert name is not None
        body = one.file.read_bytes()
        if name.endswith(".html"):
            day = day_in_words(by.day, one.lang)
            body = page(body.decode(), name, one.lang, linker, day=day).encode()
        elif name.endswith(_TEXT):
            source = "" if name.endswith(".svg") else name
            markup = not name.endswith((".json", ".jsonld"))
            body = plain(body.decode(), linker, source, markup=markup).encode()
        place = by.out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
