"""What a large city costs: its month, its feed, an import and exports; the month in requests, the rest once."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from .browser import PATIENCE, Browser, Refused
from .large_city import IN_EXPORT, IN_FEED, IN_MONTHS, SIZES, LargeCities, spreadsheet
from .load import Request, WrongAnswer, measure
from .seed import EMAIL, PASSWORD
from .sites import Site, job_worker, running
from .table import Work, median_of

IMPORTED = 5_000
_EXPORTS = (("csv", IN_EXPORT), ("xlsx", IN_EXPORT), ("ods", IN_EXPORT), ("pdf", IN_MONTHS))


@dataclass(frozen=True)
class Place:
    """The database of the large cities, the folder of the installation, and the server."""

    database: str
    instance: Path
    server: str
    cities: LargeCities


def measure_large(
    place: Place, parts: Collection[str], *, times: int, note: Callable[[str], None]
) -> list[Work]:
    """Each of ``parts``; what is short is done so many ``times`` and its median taken."""
    works: list[Work] = []
    for name, part in PARTS.items():
        if name in parts:
            note(name)
            works += part(place, times)
    return works


@contextmanager
def _alone(place: Place) -> Iterator[Site]:
    """A site of one process, so that what is measured is known to be its work."""
    with running(
        "maillage", place.database, place.instance, server=place.server, workers=1
    ) as site:
        yield site


def _done(site: Site, name: str, rows: int, do: Callable[[], object]) -> Work:
    site.forget_peak()
    before, begin = site.cpu_seconds(), time.perf_counter()
    do()
    seconds = time.perf_counter() - begin
    return Work(name, seconds, site.cpu_seconds() - before, rows, site.peak())


def _signed_in(site: Site) -> Browser:
    browser = Browser(site.url)
    browser.sign_in(EMAIL, PASSWORD)
    return browser


# -- The feed --------------------------------------------------------------------------------------


def _fetch(site: Site, path: str, least: int) -> str:
    """The tag of the feed, which has at least so many entries. Raises :class:`WrongAnswer`."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=PATIENCE)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.read().count(b"BEGIN:VEVENT")
    connection.close()
    if answer.status != 200 or found < least:
        raise WrongAnswer(f"The feed answered {answer.status} with {found} entries.")
    return answer.headers["ETag"]


def _feed(place: Place, times: int) -> list[Work]:
    """The first answer of a process, the first after a change, and that nothing has changed."""
    path, size = place.cities.feed, SIZES[IN_FEED]
    cold, changed = [], []
    for last in (*[False] * (times - 1), True):
        with _alone(place) as site:
            cold.append(
                _done(site, "feed, first of a process", size, lambda: _fetch(site, path, size))
            )
            if not last:
                continue
            browser = _signed_in(site)
            for _ in range(max(times, 3)):
                _change(browser)
                changed.append(
                    _done(site, "feed, after a change", size, lambda: _fetch(site, path, size))
                )
            unchanged = Request(path, {"If-None-Match": _fetch(site, path, size)}, expected=304)
            before = site.cpu_seconds()
            site.forget_peak()
            figures = measure(site.url, unchanged, 1, connections=1)
            spent = (site.cpu_seconds() - before) / figures.count
            same = Work("feed, 304", figures.p50 / 1000, spent, 0, site.peak())
    return [median_of(cold), median_of(changed), same]


def _change(browser: Browser) -> None:
    """Log an activity."""
    new = f"/{IN_FEED}/activities/new"
    fields = browser.form(new, "title") | {
        "title": "An activity of the bench",
        "type": "workshop",
        "start_date": date.today().isoformat(),  # noqa: DTZ011  any day will do
    }
    status, _page = browser.ask(new, fields, follow=False)
    if status != 303:
        raise Refused(f"Saving an activity answered {status}.")


# -- Exports ---------------------------------------------------------------------------------------


def _exports(place: Place, _times: int) -> list[Work]:
    """Asked for on the page and made by the worker; a calendar file comes at once."""
    works = []
    with _alone(place) as site, job_worker(place.database, place.instance) as worker:
        browser = _signed_in(site)
        worker.work()
        for kind, slug in _EXPORTS:
            rows = SIZES[slug]
            token = browser.form(f"/{slug}/exports", "csrf_token")["csrf_token"]
            address = f"/{slug}/exports/activities/activities.{kind}"
            browser.ask(address, {"csrf_token": token})
            spent = worker.work()
            works.append(
                Work(f"export, {kind.upper()}", spent.seconds, spent.cpu, rows, spent.peak)
            )
            _status, page = browser.ask(f"/{slug}/exports")
            made = len(re.findall(r"/exports/[\w-]+/file", page))
            if made != sum(known == slug for _kind, known in _EXPORTS[: len(works)]):
                raise Refused(f"The export as {kind} was not made.")
        path = f"/{IN_EXPORT}/exports/activities/activities.ics"

        def take() -> None:
            status, text = browser.ask(path)
            if status != 200 or text.count("BEGIN:VEVENT") != SIZES[IN_EXPORT]:
                raise Refused(f"The calendar file answered {status}.")

        works.append(_done(site, "export, ICS, at once", SIZES[IN_EXPORT], take))
    return works


# -- An import -------------------------------------------------------------------------------------


def _imports(place: Place, _times: int) -> list[Work]:
    """A spreadsheet as a person sends it: the file, its columns, the preview, the press that writes; then changed."""
    with _alone(place) as site:
        browser = _signed_in(site)
        return [
            *_import(place, site, browser, "new", "Forty came."),
            *_import(place, site, browser, "changed", "Forty came, and asked for more."),
        ]


def _import(place: Place, site: Site, browser: Browser, what: str, result: str) -> list[Work]:
    start = f"/{IN_MONTHS}/imports/activities"
    token = {"csrf_token": browser.form(start, "csrf_token")["csrf_token"]}
    data = spreadsheet(place.cities.organisations, IMPORTED, result)

    def upload() -> None:
        browser.send_file(start, token, "file", "activities.csv", data)
        _expect(browser.address.endswith("/columns"), "The file was not taken.")

    def preview() -> None:
        columns = browser.address
        _status, page = browser.ask(columns, browser.form(columns, "column-0"))
        counted = f"({IMPORTED:,})" in page
        _expect(counted and "Refused (" not in page, "Not all rows can be imported.")

    def confirm() -> None:
        _status, page = browser.ask(f"{browser.address}/confirm", token)
        _expect(f"{IMPORTED} rows are imported" in page, "Not all rows were imported.")

    return [
        _done(site, f"import, {what}: {name}", IMPORTED, do)
        for name, do in (("file", upload), ("preview", preview), ("confirm", confirm))
    ]


def _expect(held: bool, otherwise: str) -> None:
    if not held:
        raise Refused(otherwise)


PARTS: dict[str, Callable[[Place, int], list[Work]]] = {
    "feed": _feed,
    "export": _exports,
    "import": _imports,
}
