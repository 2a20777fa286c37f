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


@dataclass(frozen=True)
class Work:
    """A piece of work that is done once: seconds by the clock and of the processor, how much it was, its peak memory.

    ``rows`` is 0 where nothing is counted.
    """

    name: str
    seconds: float
    cpu: float
    rows: int
    peak: float


WORK_HEADS = ("work", "seconds", "CPU seconds", "rows", "rows/s", "floor pages", "peak MB")


def _work_cells(works: Sequence[Work], floor_cpu: float) -> list[tuple[str, ...]]:
    """``floor_cpu`` is what one page of the floor takes of the processor, in milliseconds."""
    return [
        (
            work.name,
            f"{work.seconds:.3f}",
            f"{work.cpu:.3f}",
            f"{work.rows}" if work.rows else "",
            f"{work.rows / work.seconds:.0f}" if work.rows else "",
            f"{work.cpu * 1000 / floor_cpu:.0f}" if floor_cpu else "",
            f"{work.peak:.0f}",
        )
        for work in works
    ]


def pages_table(lines: Sequence[Line], queries: Mapping[str, int], *, markdown: bool) -> str:
    """The pages, each beside the floor."""
    return _table([HEADS, *_cells(lines, queries)], markdown=markdown)


def works_table(works: Sequence[Work], floor_cpu: float, *, markdown: bool) -> str:
    """What is done once, counted in pages of the floor that the same processor time would give."""
    return _table([WORK_HEADS, *_work_cells(works, floor_cpu)], markdown=markdown)


def _table(rows: Sequence[tuple[str, ...]], *, markdown: bool) -> str:
    """The table as GitHub draws it, or with aligned columns."""
    if markdown:
        rule = ("---", *("---:" for _ in rows[0][1:]))
        return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        f"{row[0]:<{widths[0]}}"
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )
