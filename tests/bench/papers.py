"""What the minutes of a meeting cost as a file: made while somebody waits, in the worker and a process of its own."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from .browser import PATIENCE, Browser
from .load import WrongAnswer
from .seed import EMAIL, PASSWORD
from .sites import Site
from .size import Made
from .table import Work, median_of

_BEGINS = {"pdf": b"%PDF-", "docx": b"PK"}


def measure_papers(site: Site, made: Made, times: int) -> list[Work]:
    """The minutes of a meeting with twenty items in two languages, in both kinds; the first of a process is apart."""
    browser = Browser(site.url)
    browser.sign_in(EMAIL, PASSWORD)
    works = []
    for kind in _BEGINS:
        path = f"/{made.slug}/meetings/{made.approved}/papers/minutes.{kind}"
        # Both workers have made one then: what is loaded once was loaded.
        for _ in range(4):
            _take(site, browser, path, kind)
        found = []
        for _ in range(times):
            site.forget_peak()
            before, begin = site.cpu_seconds(children=True), time.perf_counter()
            _take(site, browser, path, kind)
            seconds = time.perf_counter() - begin
            cpu = site.cpu_seconds(children=True) - before
            found.append(Work(f"minutes, {kind.upper()}", seconds, cpu, 0, site.peak()))
        works.append(median_of(found))
    return works


def _take(site: Site, browser: Browser, path: str, kind: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=PATIENCE)
    connection.request("GET", path, headers=browser.headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200 or not content.startswith(_BEGINS[kind]):
        raise WrongAnswer(f"The minutes as {kind} answered {answer.status}.")
