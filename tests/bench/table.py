"""The figures as a table, for a terminal or for a document."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .growth import Held

HEADS = (
    "page",
    "city",
    "requests/s",
    "of the floor",
    "to small",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "alone ms",
    "CPU ms",
    "queries",
    "kB",
)


@dataclass(frozen=True)
class Line:
    """One page's figures in a city of one size: medians of several rounds.

    ``cpu`` is the workers' time for one answer, ``alone`` the milliseconds until it where nobody else asks.
    """

    name: str
    size: str
    per_second: float
    p50: float
    p95: float
    p99: float
    alone: float
    cpu: float
    weight: int


Queries = Mapping[tuple[str, str], int]


def _cells(lines: Sequence[Line], queries: Queries) -> list[tuple[str, ...]]:
    floor = next((line.per_second for line in lines if line.name == "floor"), None)
    # How much longer the processor works for a page than for the same page of the small city.
    small = {line.name: line.cpu for line in lines if line.size == "small"}
    return [
        (
            line.name,
            line.size,
            f"{line.per_second:.0f}",
            f"{line.per_second / floor:.0%}" if floor else "",
            f"{line.cpu / small[line.name]:.2f}"
            if line.size == "full" and small.get(line.name)
            else "",
            f"{line.p50:.1f}",
            f"{line.p95:.1f}",
            f"{line.p99:.1f}",
            f"{line.alone:.1f}",
            f"{line.cpu:.2f}",
            str(queries.get((line.name, line.size), "")),
            f"{line.weight / 1000:.1f}",
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


def median_of(works: Sequence[Work]) -> Work:
    """The same work done several times as one: the medians of its times, and the highest peak."""
    first = works[0]
    return Work(
        first.name,
        statistics.median(each.seconds for each in works),
        statistics.median(each.cpu for each in works),
        first.rows,
        max(each.peak for each in works),
    )


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


def pages_table(lines: Sequence[Line], queries: Queries, *, markdown: bool) -> str:
    """The pages, each beside the floor, and the full city's beside the small one's."""
    return _table([HEADS, *_cells(lines, queries)], words=2, markdown=markdown)


def works_table(works: Sequence[Work], floor_cpu: float, *, markdown: bool) -> str:
    """What is done once, counted in pages of the floor that the same processor time would give."""
    return _table([WORK_HEADS, *_work_cells(works, floor_cpu)], markdown=markdown)


def growth_table(found: Sequence[Held], *, markdown: bool) -> str:
    """What the processes hold after so many requests, and how much more that is than at the beginning."""
    first = found[0]
    rows = [
        (
            f"{each.requests:,}",
            f"{each.pss:.0f}",
            f"{each.pss / first.pss - 1:+.1%}",
            f"{each.rss:.0f}",
            f"{each.rss / first.rss - 1:+.1%}",
        )
        for each in found
    ]
    return _table([("requests", "PSS MB", "more", "RSS MB", "more "), *rows], markdown=markdown)


def _table(rows: Sequence[tuple[str, ...]], *, words: int = 1, markdown: bool) -> str:
    """The table as GitHub draws it, or with aligned columns; the first ``words`` columns hold words."""
    if markdown:
        rule = tuple("---" if n < words else "---:" for n in range(len(rows[0])))
        return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" if n < words else f"{cell:>{width}}"
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
