"""The figures as a table, for a terminal or for a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEADS = (
    "page",
    "requests/s",
    "of the floor",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU ms",
    "queries",
    "kB",
)


@dataclass(frozen=True)
class Line:
    """One page's figures: medians of several rounds. ``cpu`` is the workers' time for one answer."""

    name: str
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float
    size: int


def _cells(lines: Sequence[Line], queries: Mapping[str, int]) -> list[tuple[str, ...]]:
    floor = next((line.per_second for line in lines if line.name == "floor"), None)
    return [
        (
            line.name,
            f"{line.per_second:.0f}",
            f"{line.per_second / floor:.0%}" if floor else "",
            f"{line.p50:.1f}",
            f"{line.p95:.1f}",
            f"{line.p99:.1f}",
            f"{line.cpu:.2f}",
            str(queries.get(line.name, "")),
            f"{line.size / 1000:.1f}",
        )
        for line in lines
    ]


def as_text(lines: Sequence[Line], queries: Mapping[str, int]) -> str:
    """The table with aligned columns."""
    rows = [HEADS, *_cells(lines, queries)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(HEADS))]
    return "\n".join(
        f"{row[0]:<{widths[0]}}"
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )


def as_markdown(lines: Sequence[Line], queries: Mapping[str, int]) -> str:
    """The table as GitHub draws it."""
    rows = [HEADS, ("---", *("---:" for _ in HEADS[1:])), *_cells(lines, queries)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
