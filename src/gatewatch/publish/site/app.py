"""The site put together."""

from typing import Any

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ASGIApp

from gatewatch.publish.site import api, assets, feeds, health, openapi, pages, problem
from gatewatch.publish.site.asked import asked
from gatewatch.publish.site.held import Held
from gatewatch.publish.site.settings import Settings
from gatewatch.publish.site.shield import MOST_BYTES, Shield


def build(settings: Settings, **hooks: Any) -> ASGIApp:
    """An ASGI application. `hooks` are what a site may call that writes: see cli/serve.py."""
    held = Held(settings)
    app = Litestar(
        route_handlers=[*api.ROUTES, *pages.ROUTES, *assets.ROUTES, *feeds.ROUTES, *health.ROUTES, *openapi.ROUTES],
        dependencies={"times": Provide(asked, sync_to_thread=False)},
        exception_handlers=problem.HANDLERS,
        openapi_config=OpenAPIConfig(title="Gatewatch", version="1", path="/api/schema", render_plugins=[], use_handler_docstrings=True),
        state=State({"held": held, **hooks}),
        on_shutdown=[held.close],
        request_max_body_size=MOST_BYTES,
        on_app_init=[_plain],
        pdb_on_exception=False,
    )  # fmt: skip
    return Shield(app, settings)


def _plain(config: AppConfig) -> AppConfig:
    """Nothing of the framework's own that answers: no debug pages."""
    config.debug = False
    return config
