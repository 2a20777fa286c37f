"""Whether the processes grow with the requests that they answer: twenty thousand of them, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .load import measure
from .pages import Page

REQUESTS = 20_000
# Until every process has read what it remembers.
WARM_UP = 2_000
STEP = 2_000
A_TURN = 100


@dataclass(frozen=True)
class Held:
    """After so many requests: megabytes that the processes hold together, shared pages counted once (PSS), and RSS."""

    requests: int
    pss: float
    rss: float


def grow(pages: Sequence[Page], note: Callable[[str], None]) -> Iterator[Held]:
    """Ask for the pages, a hundred requests of each in turn, and yield what the processes hold every so often."""
    site = pages[0].site
    for turn, done in enumerate(range(0, WARM_UP + REQUESTS, A_TURN)):
        if done >= WARM_UP and (done - WARM_UP) % STEP == 0:
            yield Held(done - WARM_UP, *site.held())
            note(f"{done - WARM_UP:,} requests")
        measure(site.url, pages[turn % len(pages)].request, most=A_TURN)
    yield Held(REQUESTS, *site.held())
