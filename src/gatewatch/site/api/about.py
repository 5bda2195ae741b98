"""What the OpenAPI document says of every endpoint alike."""

from typing import Any

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import AnyCallable

from gatewatch.site.problem import Problem
from gatewatch.site.replies import ListPage, One

PROBLEMS: dict[int, ResponseSpec] = {
    400: ResponseSpec(
        Problem,
        description="What was asked cannot be understood",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    404: ResponseSpec(
        Problem,
        description="Nothing of that name",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    406: ResponseSpec(
        Problem,
        description="No such format",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    414: ResponseSpec(
        Problem,
        description="The address is too long",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    429: ResponseSpec(
        Problem,
        description="Too many requests; Retry-After says when",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    503: ResponseSpec(
        Problem,
        description="The ledger cannot be read just now",
        generate_examples=False,
        media_type="application/problem+json",
    ),
}


def rows(path: str, tag: str, summary: str, **more: Any) -> AnyCallable:
    """An endpoint that gives a list."""
    return _endpoint(path, tag, summary, ListPage, more=more)


def record(path: str, tag: str, summary: str, **more: Any) -> AnyCallable:
    """An endpoint that gives one record."""
    return _endpoint(path, tag, summary, One, more=more)


def _endpoint(path: str, tag: str, summary: str, shape: type, more: dict[str, Any]) -> AnyCallable:
    responses = {
        200: ResponseSpec(shape, description="The answer", generate_examples=False),
        **PROBLEMS,
    }
    return get(path, tags=[tag], summary=summary, responses=responses, sync_to_thread=True, **more)
