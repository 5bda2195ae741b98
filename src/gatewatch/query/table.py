"""Many answers as one typed sequence, which goes over into a data frame."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import msgspec

from gatewatch import heavy
from gatewatch.errors import MissingExtraError
from gatewatch.model.display import record, row

if TYPE_CHECKING:
    import pyarrow as pa

One_co = TypeVar("One_co", covariant=True)


class AnswerTable(Sequence[One_co], Generic[One_co]):
    """Answers in their order. Each has a row, flat enough for a column of one type."""

    def __init__(self, answers: Iterable[One_co]) -> None:
        self._answers = tuple(answers)

    @overload
    def __getitem__(self, at: int) -> One_co: ...

    @overload
    def __getitem__(self, at: slice) -> "AnswerTable[One_co]": ...

    def __getitem__(self, at: int | slice) -> "One_co | AnswerTable[One_co]":
        return AnswerTable(self._answers[at]) if isinstance(at, slice) else self._answers[at]

    def __len__(self) -> int:
        return len(self._answers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._answers == tuple(other)

    def __hash__(self) -> int:
        return hash(self._answers)

    def __repr__(self) -> str:
        kind = type(self._answers[0]).__name__ if self._answers else "nothing"
        return f"<{len(self)} of {kind}>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Each answer as plain data, as JSON has it."""
        return [msgspec.to_builtins(record(one)) for one in self._answers]

    def to_arrow(self) -> "pa.Table":
        """Rows as an Arrow table; needs pyarrow."""
        table: pa.Table = _library("pyarrow").Table.from_pylist(self._rows())
        return table

    def to_pandas(self) -> Any:
        """Rows as a pandas data frame; needs pandas."""
        return _library("pandas").DataFrame(self._rows())

    def to_polars(self) -> Any:
        """Rows as a polars data frame; needs polars."""
        return _library("polars").DataFrame(self._rows(), infer_schema_length=None)

    def _repr_html_(self) -> str:
        from html import escape

        rows = self._rows()
        names = list(rows[0]) if rows else []
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        cells = (
            "".join(f"<td>{escape(_text(one.get(name)))}</td>" for name in names) for one in rows
        )
        body = "".join(f"<tr>{line}</tr>" for line in cells)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                key: " ".join(map(str, value)) if isinstance(value, list | tuple) else value
                for key, value in row(one).items()
            }
            for one in self._answers
        ]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _library(name: str) -> Any:
    """A library that no install of ours brings by itself."""
    heavy.allow()
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"this needs {name}: pip install {name}", name=name) from missing
