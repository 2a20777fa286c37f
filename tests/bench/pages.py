"""The pages that are measured, as a signed-in member asks for them, and the queries that each takes."""

from __future__ import annotations

import logging
import re
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from .browser import Browser, Refused
from .load import Request, WrongAnswer
from .sites import Site
from .size import Made

# Words of the activities: one that stands in many, one with a wrong letter, and two together.
SEARCHED = ("football", "footbal", "media literacy")


@dataclass(frozen=True)
class Page:
    """A page to be measured: its name, the size of its site, the site, and what is asked of it."""

    name: str
    size: str
    site: Site
    request: Request


def floor_page(site: Site) -> Page:
    """The page that sets the measure."""
    browser = Browser(site.url)
    browser.ask("/enter", follow=False)
    return Page("floor", "", site, Request("/", browser.headers, contains=b"Row 29"))


def pages_of(site: Site, size: str, made: Made, left_out: Callable[[str], None]) -> list[Page]:
    """Maillage's pages in the city that was ``made``, for a reader who has signed in as people do.

    What is not there is left out, and ``left_out`` told its name.
    """
    from core.assets import asset

    from .seed import EMAIL, PASSWORD

    browser = Browser(site.url)
    browser.sign_in(EMAIL, PASSWORD)
    headers, home = browser.headers, f"/{made.slug}/"
    wanted = {
        "home": (home, b"</html>"),
        "activity list": (f"{home}activities/", b", meeting "),
        "activity, held": (f"{home}activities/{made.held}", b", meeting "),
        "activity, planned": (f"{home}activities/{made.planned}", b", meeting "),
        "month": (f"{home}calendar?view=month", b", meeting "),
        "week": (f"{home}calendar?view=week", b"</html>"),
        **{
            f"search: {words}": (f"{home}search?q={quote(words)}", b"</html>") for words in SEARCHED
        },
        "my actions": (f"{home}actions/", b"</html>"),
        "notifications": (f"{home}notifications", b"</html>"),
        "translations": (f"{home}translations?language=sq", b"</html>"),
    }
    pages = []
    for name, (path, contains) in wanted.items():
        status, _page = browser.ask(path, follow=False)
        if status == 404:
            left_out(name)
            continue
        pages.append(Page(name, size, site, Request(path, headers, contains=contains)))
    feed, tag = _make_feed(site, browser, home)
    new = f"{home}activities/new"
    activity = {
        "title": "An activity of the bench, meeting 1",
        "type": "workshop",
        # Far ahead: thousands of them would otherwise stand in the month and the week that are measured.
        "start_date": (date.today() + timedelta(days=700)).isoformat(),  # noqa: DTZ011  any day will do
    }
    return [
        *pages,
        *_of_meetings(site, size, made, headers),
        Page("feed", size, site, Request(feed, contains=b"END:VCALENDAR")),
        Page("feed, 304", size, site, Request(feed, {"If-None-Match": tag}, expected=304)),
        Page("style sheet", size, site, Request(asset("app.css"), contains=b"{")),
        Page(
            "saving an activity",
            size,
            site,
            Request(
                new, headers, "POST", _bodies(browser, new, "title", activity), expected=303,
                contains=b"/activities/",
            ),
        ),
    ]  # fmt: skip


def _of_meetings(site: Site, size: str, made: Made, headers: dict[str, str]) -> list[Page]:
    """The pages of meetings: a member reads what is approved, the focal point has what is held now open, and opens the
    next one, which is then filled.
    """
    from .meetings import KEEPER
    from .seed import PASSWORD

    keeper = Browser(site.url)
    keeper.sign_in(KEEPER, PASSWORD)
    home = f"/{made.slug}/meetings/"
    new = f"{home}new?body={made.body}"
    return [
        Page("meetings", size, site, Request(home, headers, contains=b"meeting 4")),
        Page(
            "meeting, in progress", size, site,
            Request(f"{home}{made.in_progress}", keeper.headers, contains=b'id="text-now"'),
        ),
        Page(
            "meeting, approved", size, site,
            Request(f"{home}{made.approved}", headers, contains=b"m-decision"),
        ),
        Page("meetings: decisions", size, site, Request(f"{home}decisions", headers, contains=b"4/10")),
        Page(
            "meetings: opening the next", size, site,
            Request(
                new, keeper.headers, "POST", _bodies(keeper, new, "day", {}), expected=303,
                contains=b"/meetings/",
            ),
        ),
    ]  # fmt: skip


def _make_feed(site: Site, browser: Browser, home: str) -> tuple[str, str]:
    """The path of a feed made as a person makes one, and its tag."""
    where = f"{home}calendar/feeds"
    fields = browser.form(where, "name") | {"name": "Bench"}
    _status, page = browser.ask(where, fields)
    found = re.search(r"/feed/[\w-]{43}\.ics", page)
    if found is None:
        raise Refused("The page of feeds shows no address.")
    with urllib.request.urlopen(site.url + found[0]) as answer:
        return found[0], answer.headers["ETag"]


def _bodies(
    browser: Browser, new: str, field: str, typed: Mapping[str, str]
) -> Callable[[], bytes]:
    """Each form carries the identifier of the record to be made, so each body is another."""
    from core.database import new_id

    fields: Mapping[str, str] = browser.form(new, field) | dict(typed)
    fixed = urlencode({name: value for name, value in fields.items() if name != "once"})

    def body() -> bytes:
        return f"{fixed}&once={new_id()}".encode()

    return body


def count_queries(database: str, pages: Iterable[Page]) -> dict[tuple[str, str], int]:
    """Statements that each page sends to the database, begin and end of transactions left out."""
    from sqlalchemy import event

    from core import create_app
    from core.database import db

    app = create_app({"DATABASE_URL": database})
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
        found[page.name, page.size] = len(seen)
    engine.dispose()
    return found
