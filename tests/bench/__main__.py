"""``python -m tests.bench``: what Maillage's pages cost, beside the floor, under the same server in the same run.

Exits with 1 when a page answers wrongly, never because of a time: times are for people to judge.
"""

# ruff: noqa: T201  A bench prints.

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .browser import Refused
from .floor import seed_floor
from .growth import grow
from .load import WrongAnswer
from .pages import Page, count_queries, floor_page, pages_of
from .papers import measure_papers
from .places import KINDS, Databases, databases
from .sites import SERVERS, DidNotStart, Site, running
from .size import FULL, SMALL, Made, make_site
from .table import growth_table, pages_table, works_table
from .turns import measure_all

WORKERS = 2
# What can be measured by itself: the pages of both sizes, those of meetings among them, and works of a large city.
PAGES = "pages"
MEETINGS = "meetings"
LARGE = ("feed", "import", "export")


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    server: str
    quick: bool
    markdown: bool
    parts: frozenset[str]

    @property
    def seconds(self) -> float:
        """How long a turn lasts. Many short ones: a busy moment of the machine then falls on a few of them."""
        return 0.3 if self.quick else 1

    @property
    def rounds(self) -> int:
        """How many turns each page has."""
        return 5 if self.quick else 7


def tell(what: str) -> None:
    """Say where the bench is, beside its tables."""
    print(f"{what} …", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Seeded:
    """A site of one size: its name, its database, and what is asked for there."""

    size: str
    database: str
    made: Made


def seed(made: Databases, name: str) -> Seeded:
    """Fill a database with a site of the size called ``name``."""
    from core import create_app

    size = {each.name: each for each in (SMALL, FULL)}[name]
    begin, database = time.perf_counter(), made.create(name)
    found = make_site(create_app({"DATABASE_URL": database}), size)
    tell(f"{made.kind}, {name}: seeded in {time.perf_counter() - begin:.0f} s")
    return Seeded(name, database, found)


@contextlib.contextmanager
def floor_of(made: Databases, how: Wanted) -> Iterator[Site]:
    """The floor, on a database of its own."""
    database = made.create(f"floor_{time.monotonic_ns()}")
    seed_floor(database)
    with running("floor", database, made.instance, server=how.server, workers=WORKERS) as site:
        yield site


def run_pages(made: Databases, how: Wanted) -> None:
    """Measure the pages of a small and of a full site, and print what was found."""
    sizes = [seed(made, name) for name in ("small", "full")]
    queries: dict[tuple[str, str], int] = {("floor", ""): 2}
    saving: list[Page] = []
    reading: list[Page] = []
    missing: set[str] = set()
    with contextlib.ExitStack() as stack:
        floor = stack.enter_context(floor_of(made, how))
        sites = []
        for each in sizes:
            site = stack.enter_context(
                running(
                    "maillage", each.database, made.instance, server=how.server, workers=WORKERS
                )
            )
            sites.append(site)
            pages = pages_of(site, each.size, each.made, missing.add)
            if PAGES not in how.parts:
                pages = [page for page in pages if page.name.startswith("meeting")]
            found = [page for page in pages if page.request.method == "GET"]
            reading += found
            saving += [page for page in pages if page not in found]
            queries |= count_queries(each.database, found)
        # A page of the small site beside the same of the full one.
        names = list(dict.fromkeys(page.name for page in reading))
        reading.sort(key=lambda page: names.index(page.name))
        lines = measure_all([floor_page(floor), *reading], how.seconds, how.rounds)
        # Last: each save makes the city larger, and changes the feed's tag.
        lines += measure_all(saving, how.seconds, how.rounds)
        papers = measure_papers(sites[1], sizes[1].made, times=5 if how.quick else 9)
        for each in sizes:
            queries |= count_queries(
                each.database, [page for page in saving if page.size == each.size]
            )
        memory = ", ".join(
            f"{name} {site.memory():.0f} MB"
            for name, site in zip(("small", "full", "floor"), (*sites, floor), strict=True)
        )
        up = f"{sites[1].seconds_until_up:.2f} s (floor {floor.seconds_until_up:.2f} s)"
    print(
        f"\n{made.kind}, {how.server}, {WORKERS} workers; full: 50 cities, asked in the largest\n"
    )
    print(pages_table(lines, queries, markdown=how.markdown))
    print(
        f"\nDone once, on the full site:\n\n{works_table(papers, lines[0].cpu, markdown=how.markdown)}"
    )
    print(f"\nMemory of a worker: {memory}. The first answer comes {up} after the start.")
    if missing:
        print(f"Not there yet, and left out: {', '.join(sorted(missing))}.")


def run_growth(made: Databases, how: Wanted) -> None:
    """Ask for the pages of a full site twenty thousand times, and print what the processes hold meanwhile."""
    full = seed(made, "full")
    with running(
        "maillage", full.database, made.instance, server=how.server, workers=WORKERS
    ) as site:
        pages = pages_of(site, full.size, full.made, lambda _name: None)
        # A save in every round lets each page begin anew with what it remembers. It changes the feed too, and writing
        # ten thousand entries so often would take an hour.
        found = list(grow([page for page in pages if not page.name.startswith("feed")], tell))
    print(f"\n{made.kind}, {how.server}, {WORKERS} workers together, the largest city of full\n")
    print(growth_table(found, markdown=how.markdown))


def run_large(made: Databases, how: Wanted) -> None:
    """Measure what a large city does once, and print what was found."""
    from core import create_app

    from .large import Place, measure_large
    from .large_city import make_large_cities

    database = made.create("large")
    cities = make_large_cities(create_app({"DATABASE_URL": database}))
    with floor_of(made, how) as floor:
        (line,) = measure_all([floor_page(floor)], how.seconds, how.rounds)
    works = measure_large(
        Place(database, made.instance, how.server, cities),
        how.parts,
        times=2 if how.quick else 5,
        note=lambda name: tell(f"{made.kind}, large city: {name}"),
    )
    print(
        f"\n{made.kind}, {how.server}, large cities: a feed of 10,000 entries, exports of 20,000 rows (PDF: 5,000), "
        f"an import of 5,000; a page of the floor takes {line.cpu:.2f} ms of the processor\n"
    )
    print(works_table(works, line.cpu, markdown=how.markdown))


def compare_servers(made: Databases, how: Wanted) -> None:
    """The list and a static file under each server with several numbers of threads, all of them in turn."""
    small = seed(made, "small")
    pages: list[Page] = []
    with contextlib.ExitStack() as stack:
        for server, threads in (
            ("gunicorn", 1),
            ("gunicorn", 2),
            ("gunicorn", 4),
            ("granian", 1),
            ("granian", 2),
        ):
            site = stack.enter_context(
                running(
                    "maillage",
                    small.database,
                    made.instance,
                    server=server,
                    workers=WORKERS,
                    threads=threads,
                )
            )
            called = f"{server}, {threads} thread{'s' if threads > 1 else ''}"
            pages += [
                replace(page, name=f"{called}: {page.name}")
                for page in pages_of(site, "small", small.made, lambda _name: None)
                if page.name in {"activity list", "style sheet"}
            ]
        print(pages_table(measure_all(pages, how.seconds, how.rounds), {}, markdown=how.markdown))
        for page in pages[::2]:
            print(f"{page.name.partition(':')[0]}: {page.site.memory():.0f} MB a worker")


def main() -> int:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="SQLite alone and short turns, in about three minutes"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=(PAGES, MEETINGS, *LARGE),
        help="this alone, and what else is named so",
    )
    parser.add_argument(
        "--memory", action="store_true", help="what 20,000 requests add to the memory, instead"
    )
    parser.add_argument(
        "--servers", action="store_true", help="compare servers and threads instead"
    )
    parser.add_argument("--database", choices=KINDS, help="this one alone, and not both")
    parser.add_argument("--markdown", action="store_true", help="the table for a document")
    parser.add_argument("--server", choices=SERVERS, default="gunicorn")
    options = parser.parse_args()
    # In a short run exports and imports, which take a minute, are left to those who name them.
    parts = options.only or ([PAGES, "feed"] if options.quick else [PAGES, *LARGE])
    how = Wanted(options.server, options.quick, options.markdown, frozenset(parts))
    kinds = [options.database] if options.database else ["sqlite"] if options.quick else list(KINDS)
    try:
        for kind in kinds:
            with databases(kind) as made:
                if options.servers:
                    compare_servers(made, how)
                elif options.memory:
                    run_growth(made, how)
                else:
                    if how.parts & {PAGES, MEETINGS}:
                        run_pages(made, how)
                    if how.parts - {PAGES, MEETINGS}:
                        run_large(made, how)
    except (WrongAnswer, Refused, DidNotStart) as fault:
        print(f"The bench stopped: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
