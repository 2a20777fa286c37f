"""``python -m tests.bench``: what Maillage's pages cost, beside the floor, under the same server in the same run.

Exits with 1 when a page answers wrongly, never because of a time: times are for people to judge.
"""

# ruff: noqa: T201  A bench prints.

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from .browser import Browser, Refused
from .floor import seed_floor
from .load import Figures, Request, WrongAnswer, measure
from .sites import SERVERS, DidNotStart, Site, running
from .table import Line, pages_table, works_table

WORKERS = 2
# What can be measured by itself: the small city's pages, and the parts of a large city.
PAGES, MONTH = "pages", "month"
LARGE = (MONTH, "feed", "import", "export")


@dataclass(frozen=True)
class Page:
    """A page to be measured: its name, the site that has it, and what is asked of it."""

    name: str
    site: Site
    request: Request


@dataclass(frozen=True)
class Databases:
    """Empty databases, and the folder of this installation. Large cities have one of their own."""

    floor: str
    maillage: str
    large: str
    instance: Path


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    kind: str
    server: str
    quick: bool
    markdown: bool
    servers: bool
    parts: frozenset[str]

    @property
    def seconds(self) -> float:
        """How long a turn lasts. Many short ones: a busy moment of the machine then falls on a few of them."""
        return 0.4 if self.quick else 2

    @property
    def rounds(self) -> int:
        """How many turns each page has."""
        return 7 if self.quick else 15


@contextlib.contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """Fresh ones, gone at the end of the block."""
    from core.config import ensure_secrets

    with tempfile.TemporaryDirectory(prefix="maillage-bench-") as name:
        folder = Path(name)
        instance = folder / "instance"
        ensure_secrets(instance)
        if kind == "sqlite":
            floor, maillage, large = (
                f"sqlite:///{folder}/{each}.sqlite" for each in ("floor", "maillage", "large")
            )
            yield Databases(floor, maillage, large, instance)
            return
        from core.testing.postgres import temporary_postgres

        with temporary_postgres() as server:
            floor, maillage, large = map(server.create, ("floor", "maillage", "large"))
            yield Databases(floor, maillage, large, instance)


def seed(made: Databases) -> str:
    """Fill the small city's database; the identifier of an activity."""
    from core import create_app

    from .seed import make_city

    return make_city(create_app({"DATABASE_URL": made.maillage}))


def floor_page(site: Site) -> Page:
    """The page that sets the measure."""
    browser = Browser(site.url)
    browser.ask("/enter", follow=False)
    return Page("floor", site, Request("/", browser.headers, contains=b"Row 29"))


def pages_of(site: Site, activity: str) -> list[Page]:
    """Maillage's pages as a signed-in member asks for them, who has signed in as people do."""
    from core.assets import asset

    from .seed import EMAIL, PASSWORD, SLUG

    browser = Browser(site.url)
    browser.sign_in(EMAIL, PASSWORD)
    headers = browser.headers
    home = f"/{SLUG}/"
    feed, tag = _make_feed(site, browser, home)
    new = f"{home}activities/new"
    fields = browser.form(new, "title") | {
        "title": "An activity of the bench",
        "start_date": date.today().isoformat(),  # noqa: DTZ011  any day will do
    }
    if not fields.get("type"):
        fields["type"] = "workshop"
    return [
        Page("home", site, Request(home, headers, contains=b"</html>")),
        Page(
            "activity list",
            site,
            Request(f"{home}activities/", headers, contains=b", meeting "),
        ),
        Page(
            "activity detail",
            site,
            Request(f"{home}activities/{activity}", headers, contains=b", meeting "),
        ),
        Page("calendar", site, Request(f"{home}calendar", headers, contains=b", meeting ")),
        *_tables(site, home, headers),
        Page(
            "translations",
            site,
            Request(f"{home}translations?language=sq", headers, contains=b", meeting "),
        ),
        Page("feed", site, Request(feed, contains=b"END:VCALENDAR")),
        Page("feed, 304", site, Request(feed, {"If-None-Match": tag}, expected=304)),
        Page(
            "saving an activity",
            site,
            Request(new, headers, "POST", _bodies(fields), 303, contains=b"/activities/"),
        ),
        Page("style sheet", site, Request(asset("app.css"), contains=b"{")),
    ]


def _tables(site: Site, home: str, headers: dict[str, str]) -> list[Page]:
    return [
        Page(
            view,
            site,
            Request(f"{home}calendar?view={view}", headers, contains=b", meeting "),
        )
        for view in ("month", "week")
    ]


def _make_feed(site: Site, browser: Browser, home: str) -> tuple[str, str]:
    """The path of a feed made as a person makes one, and its tag."""
    import re
    import urllib.request

    where = f"{home}calendar/feeds"
    fields = browser.form(where, "name") | {"name": "Bench"}
    _status, page = browser.ask(where, fields)
    found = re.search(r"/feed/[\w-]{43}\.ics", page)
    if found is None:
        raise Refused("The page of feeds shows no address.")
    with urllib.request.urlopen(site.url + found[0]) as answer:
        return found[0], answer.headers["ETag"]


def _bodies(fields: Mapping[str, str]) -> Callable[[], bytes]:
    """Each form carries the identifier of the record to be made, so each body is another."""
    from core.database import new_id

    fixed = urlencode({name: value for name, value in fields.items() if name != "once"})

    def body() -> bytes:
        return f"{fixed}&once={new_id()}".encode()

    return body


def count_queries(made: Databases, pages: list[Page]) -> dict[str, int]:
    """Statements that each page sends to the database, begin and end of transactions left out."""
    from sqlalchemy import event

    from core import create_app
    from core.database import db

    app = create_app({"DATABASE_URL": made.maillage})
    logging.disable(logging.INFO)
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    found = {}
    for page in pages:
        asked = page.request
        # The first answer: later ones leave out what is remembered of the city.
        seen.clear()
        answer = app.test_client(use_cookies=False).open(
            asked.path,
            method=asked.method,
            headers=asked.headers,
            data=asked.body() if asked.body else None,
            content_type="application/x-www-form-urlencoded" if asked.body else None,
        )
        answer.get_data()
        if answer.status_code != asked.expected:
            raise WrongAnswer(f"{page.name} answered {answer.status_code} in process.")
        found[page.name] = len(seen)
    engine.dispose()
    return found


def measure_all(pages: list[Page], seconds: float, rounds: int) -> list[Line]:
    """Every page in turn, several times over, so that a busy moment falls on all of them; medians of the rounds."""
    for page in pages:
        measure(page.site.url, page.request, 0.3)
    results: dict[str, list[tuple[Figures, float]]] = {page.name: [] for page in pages}
    for _ in range(rounds):
        for page in pages:
            before = page.site.cpu_seconds()
            figures = measure(page.site.url, page.request, seconds)
            spent = page.site.cpu_seconds() - before
            results[page.name].append((figures, spent * 1000 / figures.count))
    return [_line(name, each) for name, each in results.items()]


def _line(name: str, rounds: list[tuple[Figures, float]]) -> Line:
    def median(value: Callable[[Figures], float]) -> float:
        return statistics.median(value(figures) for figures, _cpu in rounds)

    return Line(
        name=name,
        per_second=median(lambda each: each.per_second),
        p50=median(lambda each: each.p50),
        p95=median(lambda each: each.p95),
        p99=median(lambda each: each.p99),
        cpu=statistics.median(cpu for _figures, cpu in rounds),
        size=rounds[0][0].size,
    )


def compare_servers(made: Databases, activity: str, seconds: float, rounds: int) -> list[Line]:
    """The list and a static file under each server with several numbers of threads, all of them in turn."""
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
                    made.maillage,
                    made.instance,
                    server=server,
                    workers=WORKERS,
                    threads=threads,
                )
            )
            called = f"{server}, {threads} thread{'s' if threads > 1 else ''}"
            pages += [
                replace(page, name=f"{called}: {page.name}")
                for page in pages_of(site, activity)
                if page.name in {"activity list", "style sheet"}
            ]
        lines = measure_all(pages, seconds, rounds)
        for page in pages[::2]:
            print(f"{page.name.partition(':')[0]}: {page.site.memory():.0f} MB a worker")
    return lines


def run_small(made: Databases, how: Wanted) -> None:
    """Measure the small city and print what was found."""
    activity = seed(made)
    if how.servers:
        print(
            pages_table(
                compare_servers(made, activity, how.seconds, how.rounds), {}, markdown=how.markdown
            )
        )
        return
    with (
        running("floor", made.floor, made.instance, server=how.server, workers=WORKERS) as floor,
        running(
            "maillage", made.maillage, made.instance, server=how.server, workers=WORKERS
        ) as site,
    ):
        pages = pages_of(site, activity)
        reading = [page for page in pages if page.request.method == "GET"]
        lines_found = measure_all([floor_page(floor), *reading], how.seconds, how.rounds)
        # Last: each save makes the city larger, and changes the feed's tag.
        saving = [page for page in pages if page not in reading]
        queries = {"floor": 2} | count_queries(made, reading)
        lines_found += measure_all(saving, how.seconds, how.rounds)
        memory = site.memory()
        floor_memory = floor.memory()
        up, floor_up = site.seconds_until_up, floor.seconds_until_up
    queries |= count_queries(made, saving)
    print(
        f"\n{how.kind}, {how.server}, {WORKERS} workers, one city of 30 organisations and 2,000 activities\n"
    )
    print(pages_table(lines_found, queries, markdown=how.markdown))
    print(
        f"\nMemory of a worker: {memory:.0f} MB (floor {floor_memory:.0f} MB)."
        f" The first answer comes {up:.2f} s after the start (floor {floor_up:.2f} s)."
    )


def run_large(made: Databases, how: Wanted) -> None:
    """Measure the large cities and print what was found."""
    from core import create_app

    from .large import Place, measure_large
    from .large_city import IN_MONTHS, make_large_cities
    from .seed import EMAIL, PASSWORD

    cities = make_large_cities(create_app({"DATABASE_URL": made.large}))
    with (
        running("floor", made.floor, made.instance, server=how.server, workers=WORKERS) as floor,
        running("maillage", made.large, made.instance, server=how.server, workers=WORKERS) as site,
    ):
        pages = [floor_page(floor)]
        if MONTH in how.parts:
            browser = Browser(site.url)
            browser.sign_in(EMAIL, PASSWORD)
            pages += _tables(site, f"/{IN_MONTHS}/", browser.headers)
        lines = measure_all(pages, how.seconds, max(3, how.rounds // 2))
    place = Place(made.large, made.instance, how.server, cities)
    works = measure_large(
        place,
        how.parts,
        times=2 if how.quick else 5,
        note=lambda name: print(f"large city: {name} …", file=sys.stderr),
    )
    print(
        f"\n{how.kind}, {how.server}, large cities: months of 5,000 activities, a feed of 10,000 entries, "
        "exports of 20,000 rows (PDF: 5,000), an import of 5,000\n"
    )
    if MONTH in how.parts:
        print(pages_table(lines, {}, markdown=how.markdown), end="\n\n")
    if works:
        print(works_table(works, lines[0].cpu, markdown=how.markdown))


def main() -> int:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="in about two minutes")
    parser.add_argument(
        "--only",
        action="append",
        choices=(PAGES, *LARGE),
        help="this alone, and what else is named so",
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--markdown", action="store_true", help="the table for a document")
    parser.add_argument(
        "--servers", action="store_true", help="compare servers and threads instead"
    )
    parser.add_argument("--server", choices=SERVERS, default="gunicorn")
    options = parser.parse_args()
    how = Wanted(
        kind=options.database,
        server=options.server,
        quick=options.quick,
        markdown=options.markdown,
        servers=options.servers,
        parts=frozenset([PAGES] if options.servers else options.only or [PAGES, *LARGE]),
    )
    try:
        with databases(how.kind) as made:
            os.environ["MAILLAGE_INSTANCE"] = str(made.instance)
            seed_floor(made.floor)
            if PAGES in how.parts:
                run_small(made, how)
            if how.parts - {PAGES}:
                run_large(made, how)
    except (WrongAnswer, Refused, DidNotStart) as fault:
        print(f"The bench stopped: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
