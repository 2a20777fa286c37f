"""Measuring pages in turn, several times over, so that a busy moment of the machine falls on all of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from .load import Figures, measure
from .pages import Page
from .table import Line


def measure_all(pages: Sequence[Page], seconds: float, rounds: int) -> list[Line]:
    """Each page for so many ``seconds`` in each of the ``rounds``; the medians of the rounds."""
    for page in pages:
        measure(page.site.url, page.request, 0.3)
    results: list[list[tuple[Figures, Figures, float]]] = [[] for _ in pages]
    for _ in range(rounds):
        for page, found in zip(pages, results, strict=True):
            before = page.site.cpu_seconds()
            figures = measure(page.site.url, page.request, seconds)
            spent = page.site.cpu_seconds() - before
            # One reader alone waits for nobody: what the page itself takes.
            alone = measure(page.site.url, page.request, seconds / 4, connections=1)
            found.append((figures, alone, spent * 1000 / figures.count))
    return [_line(page, found) for page, found in zip(pages, results, strict=True)]


def _line(page: Page, rounds: Sequence[tuple[Figures, Figures, float]]) -> Line:
    def median(value: Callable[[Figures], float]) -> float:
        return statistics.median(value(figures) for figures, _alone, _cpu in rounds)

    return Line(
        name=page.name,
        size=page.size,
        per_second=median(lambda each: each.per_second),
        p50=median(lambda each: each.p50),
        p95=median(lambda each: each.p95),
        p99=median(lambda each: each.p99),
        alone=statistics.median(alone.p50 for _figures, alone, _cpu in rounds),
        cpu=statistics.median(cpu for _figures, _alone, cpu in rounds),
        weight=rounds[0][0].size,
    )
