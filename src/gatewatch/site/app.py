"""The site put together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from gatewatch import heavy
from gatewatch.site import (
    api,
    assets,
    cite,
    data,
    feeds,
    health,
    openapi,
    pages,
    parameters,
    problem,
    sitemap,
)
from gatewatch.site.api.entries import entries_sought
from gatewatch.site.api.facts import cases_sought
from gatewatch.site.api.orders import decisions_sought
from gatewatch.site.quick import QuickCheck
from gatewatch.site.repository import Repository
from gatewatch.site.settings import SiteSettings
from gatewatch.site.shield import MOST_BYTES, Shield
from gatewatch.site.times import asked, asked_on
from gatewatch.site.warming import warm
from gatewatch.site.writing import Writing

_COMPONENTS = Components(
    security_schemes={
        "token": SecurityScheme(
            type="http",
            scheme="bearer",
            description="A token that the operator made with `gatewatch token add`.",
        )
    }
)
_OFTEN = 2.0
"""Seconds."""
_log = logging.getLogger("gatewatch")


def build(
    settings: SiteSettings, writing: Writing | None = None, *, warmed: bool = False
) -> ASGIApp:
    """An ASGI application. What writes comes from outside; without it the site takes nothing in.
    `warmed`: what first answers pay once is paid before it is given."""
    repository, copied = Repository(settings), settings.copied
    with heavy.without("pydantic"):
        app = Litestar(
            route_handlers=[
                *api.ROUTES,
                *pages.ROUTES,
                *assets.ROUTES,
                *feeds.ROUTES,
                *health.ROUTES,
                *openapi.ROUTES,
                *data.ROUTES,
                *cite.ROUTES,
                *sitemap.ROUTES,
                *(pages.COPIED if copied else ()),
            ],
            dependencies={
                "times": Provide(asked_on(copied.day) if copied else asked, sync_to_thread=False),
                "sought": Provide(entries_sought, sync_to_thread=False),
                "decisions": Provide(decisions_sought, sync_to_thread=False),
                "cases": Provide(cases_sought, sync_to_thread=False),
            },
            exception_handlers=problem.HANDLERS,
            before_request=parameters.check_known,
            openapi_config=OpenAPIConfig(
                components=_COMPONENTS,
                title="Gatewatch",
                version="1",
                path="/api/schema",
                render_plugins=[],
                use_handler_docstrings=True,
            ),
            state=State({"held": repository, "writing": writing}),
            lifespan=[_closing(repository), *_lives(writing)],
            request_max_body_size=MOST_BYTES,
            on_app_init=[_plain],
            pdb_on_exception=False,
        )
    app.state["parameters"] = parameters.known_to(app)
    inner = QuickCheck(app, repository)
    if warmed:
        warm(inner, repository)
    return Shield(inner, settings)


def _plain(config: AppConfig) -> AppConfig:
    """Nothing of the framework's own that answers: no debug pages."""
    config.debug = False
    return config


Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def _lives(writing: Writing | None) -> list[Lifespan]:
    """What goes on beside the answers while a site is up."""
    if writing is None:
        return []
    pairs = ((writing.tend, writing.tend), (writing.publish, writing.close))
    return [_tending(often, at_end) for often, at_end in pairs if often]


def _tending(tend: Callable[[], object], at_end: Callable[[], object] | None) -> Lifespan:
    """Call `tend` now and then while the site is up, and `at_end` once when it ends."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async def often() -> None:
            while True:
                await asyncio.sleep(_OFTEN)
                try:
                    await asyncio.to_thread(tend)
                except Exception:  # noqa: BLE001 - whatever it is, it is tried again
                    _log.exception("work beside the answers failed; it is tried again")

        task = asyncio.create_task(often())
        try:
            yield
        finally:
            task.cancel()
            if at_end:
                await asyncio.to_thread(at_end)

    return lifespan


def _closing(repository: Repository) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Let go of what is kept open when the site ends."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        repository.close()

    return lifespan
