"""Conditions of rules, checked and compiled. Rules may come from a file of somebody's own: only
facts, constants and comparisons are let in."""

import ast
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from gatewatch.analysis.network.facts import Facts
from gatewatch.errors import CatalogueError

_FACTS = frozenset(field.name for field in msgspec.structs.fields(Facts))
_ALLOWED = (
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.Compare,
    ast.Eq,
    ast.NotEq,
    ast.In,
    ast.NotIn,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Tuple,
)
_PLACE = re.compile(r"\{(\w*)\}")

Fire = Callable[[Facts], list[int]]


@lru_cache(maxsize=16)
def compiled(conditions: tuple[tuple[str, str], ...]) -> Fire:
    """One function over named conditions: the places of those that hold, in their order.

    Each is checked to be an expression over facts and constants, and nothing else.
    """
    tests = [
        f"    if {_checked(name, text)}: fired.append({i})"
        for i, (name, text) in enumerate(conditions)
    ]
    source = "\n".join(["def fire(f):", "    fired = []", *tests, "    return fired"])
    space: dict[str, Fire] = {}
    exec(compile(source, "<rules>", "exec"), {"__builtins__": {}}, space)  # noqa: S102 - see above
    return space["fire"]


def _checked(name: str, text: str) -> str:
    """A condition as Python over `f`; raises CatalogueError if it is more than a condition."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as fault:
        raise CatalogueError(f"rule {name}: {text!r} cannot be read: {fault.msg}") from None
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise CatalogueError(f"rule {name}: {type(node).__name__} has no place in a condition")
        if isinstance(node, ast.Name):
            if node.id not in _FACTS:
                raise CatalogueError(f"rule {name}: there is no fact {node.id!r}")
            node.id = f"f.{node.id}"
    return ast.unparse(tree)


def check_mechanisms(named: Iterable[tuple[str, str | None]]) -> None:
    """Raises CatalogueError where a mechanism names a fact that is none."""
    for name, mechanism in named:
        for fact in _PLACE.findall(mechanism or ""):
            if fact not in _FACTS:
                raise CatalogueError(f"rule {name}: mechanism: there is no fact {fact!r}")


def filled(mechanism: str | None, facts: Facts) -> str | None:
    """A mechanism with the words of facts in their places."""
    if mechanism is None or "{" not in mechanism:
        return mechanism
    return _PLACE.sub(lambda found: str(getattr(facts, found[1])), mechanism) or None
