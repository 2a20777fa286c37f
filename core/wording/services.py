"""What can be done with reported words. Flushes, never commits, never reads the request."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from core.audit.services import record
from core.database import db, new_id, utcnow
from core.folding import sort_key
from core.i18n import LANGUAGES
from core.i18n import lazy_pgettext as _lp
from core.identity.models import Membership
from core.tenancy import current_city_id
from core.values import Ref, Viewer
from core.wording.catalogue import Candidate
from core.wording.models import Report, Reporter

# Of each person at a time: enough for a careful reader, too few to bury the list.
MOST_OPEN = 30
PAGE = 30

STATES: Mapping[str, str] = {
    "open": _lp("reported word", "Open"),
    "accepted": _lp("reported word", "Accepted"),
    "declined": _lp("reported word", "Declined"),
    "right": _lp("reported word", "Already right"),
}
DECISIONS: Mapping[str, str] = {
    "accepted": _lp("reported word", "Accept: it goes to the translators"),
    "right": _lp("reported word", "It is already right, or was put right meanwhile"),
    "declined": _lp("reported word", "Decline"),
}


class Conflict(Exception):
    """Somebody else settled the report in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Report) -> None:
        super().__init__("The report was changed by somebody else.")
        self.current = current


class TooMany(Exception):
    """The person has as many open reports as one may have."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report as its list shows it: the report, how many made it, and the first of them."""

    report: Report
    count: int
    first: str


@dataclass(slots=True)
class Listing:
    """One page of reports, how many there are in all, and the mark of the next page."""

    rows: list[Told] = field(default_factory=list)
    count: int = 0
    after: str = ""


def find_report(identifier: str) -> Report | None:
    """A report of the city in force, or None."""
    return db.session.get(Report, (current_city_id(), identifier))


def report_word(
    by: Viewer,
    *,
    words: str,
    suggestion: str,
    reason: str,
    page: str,
    found: Candidate | None,
    identifier: str | None = None,
) -> Report:
    """Report a text in the language of ``by``; joins the report of somebody who said the same.

    ``found`` is the text of the catalogue, where it is known. Raises :class:`TooMany`.
    """
    new = Report(
        id=identifier or new_id(),
        language=by.locale,
        words=words,
        suggestion=suggestion,
        page=page,
        context=None,
        msgid="",
        msgid_plural="",
    )
    if found is not None:
        ids = found.entry.ids
        new.owner, new.context = found.entry.owner, found.entry.context
        new.msgid, new.msgid_plural = ids[0], ids[1] if len(ids) > 1 else ""
        new.form, new.current = found.form, found.text
    new.open_key = _key_of(new)
    report = _open_one(new.open_key)
    if report is None:
        if _open_of(by) >= MOST_OPEN:
            raise TooMany
        report = _add(new)
    _join(report, by, reason)
    return report


def _key_of(report: Report) -> str:
    """What two reports have in common that are one: the text, and what should stand in its place."""
    what = (
        (report.owner, report.context or "", report.msgid, report.msgid_plural)
        if report.msgid
        else (sort_key(report.words),)
    )
    parts = [report.language, *what, " ".join(report.suggestion.split())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _open_one(key: str) -> Report | None:
    return db.session.scalars(select(Report).where(Report.open_key == key)).first()


def _open_of(by: Viewer) -> int:
    return (
        db.session.scalar(
            select(func.count(Report.id))
            .join(
                Reporter, and_(Reporter.city_id == Report.city_id, Reporter.report_id == Report.id)
            )
            .where(Reporter.membership_id == by.membership_id, Report.state == "open")
        )
        or 0
    )


def _add(new: Report) -> Report:
    try:
        with db.session.begin_nested():
            db.session.add(new)
    except IntegrityError:
        # Somebody else reported the same a moment ago.
        there = _open_one(new.open_key or "")
        if there is None:
            raise
        return there
    return new


def _join(report: Report, by: Viewer, reason: str) -> None:
    own = db.session.scalars(
        select(Reporter).where(
            Reporter.report_id == report.id, Reporter.membership_id == by.membership_id
        )
    ).first()
    if own is None:
        db.session.add(Reporter(report_id=report.id, membership_id=by.membership_id, reason=reason))
    elif reason:
        own.reason = reason
    report.last_at = utcnow()
    db.session.flush()


# -- Lists ---------------------------------------------------------------------------------------------------


def own_reports(by: Viewer, most: int = 10) -> list[Report]:
    """The latest reports that ``by`` made."""
    return list(
        db.session.scalars(
            select(Report)
            .join(
                Reporter, and_(Reporter.city_id == Report.city_id, Reporter.report_id == Report.id)
            )
            .where(Reporter.membership_id == by.membership_id)
            .order_by(Reporter.at.desc(), Reporter.id)
            .limit(most)
        )
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the list asks for. ``show`` is a state or ``all``; ``language`` is empty for all."""

    show: str = "open"
    language: str = ""


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """The filters of an address, whatever it holds."""
    show, language = arguments.get("show", ""), arguments.get("language", "")
    return Filters(
        show if show in {*STATES, "all"} else "open", language if language in LANGUAGES else ""
    )


def reports_query(filters: Filters) -> "Select[Report]":
    """The city's reports that ``filters`` leave, in no order."""
    query = select(Report)
    if filters.show != "all":
        query = query.where(Report.state == filters.show)
    if filters.language:
        query = query.where(Report.language == filters.language)
    return query


def how_many(filters: Filters) -> int:
    """How many reports ``filters`` leave."""
    return (
        db.session.scalar(select(func.count()).select_from(reports_query(filters).subquery())) or 0
    )


# The latest first.
ORDER = (Report.last_at.desc(), Report.id)


def reports(filters: Filters, after: str = "") -> Listing:
    """A page of the city's reports, the latest first."""
    query, count = reports_query(filters), how_many(filters)
    start = find_report(after) if 0 < len(after) <= 16 else None
    if start is not None:
        query = query.where(
            or_(
                Report.last_at < start.last_at,
                and_(Report.last_at == start.last_at, Report.id > start.id),
            )
        )
    rows = list(db.session.scalars(query.order_by(*ORDER).limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Listing(told(rows), count, rows[-1].id if more else "")


def told(rows: Sequence[Report]) -> list[Told]:
    """``rows`` with how many made each; one query."""
    voices = _voices([row.id for row in rows])
    return [Told(row, *voices.get(row.id, (0, ""))) for row in rows]


def _voices(ids: list[str]) -> dict[str, tuple[int, str]]:
    """How many made each report, and the name of the first."""
    found: dict[str, tuple[int, str]] = {}
    if not ids:
        return found
    rows = db.session.execute(
        select(Reporter.report_id, Membership.shown_name)
        .join(
            Membership,
            and_(Membership.city_id == Reporter.city_id, Membership.id == Reporter.membership_id),
        )
        .where(Reporter.report_id.in_(ids))
        .order_by(Reporter.at, Reporter.id)
    )
    for report_id, name in rows:
        count, first = found.get(report_id, (0, name))
        found[report_id] = (count + 1, first)
    return found


def voices_of(report: Report) -> list[tuple[str, Reporter]]:
    """Who made a report, with their reasons, the first first."""
    rows = db.session.execute(
        select(Membership.shown_name, Reporter)
        .join(
            Reporter,
            and_(Membership.city_id == Reporter.city_id, Membership.id == Reporter.membership_id),
        )
        .where(Reporter.report_id == report.id)
        .order_by(Reporter.at, Reporter.id)
        .limit(100)
    )
    return [(name, voice) for name, voice in rows]


def counts() -> dict[tuple[str, str], int]:
    """How many reports there are, for each language and state; one query."""
    rows = db.session.execute(
        select(Report.language, Report.state, func.count(Report.id)).group_by(
            Report.language, Report.state
        )
    )
    return {(language, state): number for language, state, number in rows}


def for_translators(language: str, states: Iterable[str]) -> list[tuple[Report, list[str]]]:
    """The reports of ``language`` in those states with the reasons given, and without the names of anybody."""
    rows = list(
        db.session.scalars(
            select(Report)
            .where(Report.language == language, Report.state.in_(list(states)))
            .order_by(Report.created_at, Report.id)
        )
    )
    reasons: dict[str, list[str]] = {row.id: [] for row in rows}
    found = db.session.execute(
        select(Reporter.report_id, Reporter.reason)
        .join(Report, and_(Report.city_id == Reporter.city_id, Report.id == Reporter.report_id))
        .where(Report.language == language, Report.state.in_(list(states)), Reporter.reason != "")
        .order_by(Reporter.at, Reporter.id)
    )
    for report_id, reason in found:
        if report_id in reasons and reason not in reasons[report_id]:
            reasons[report_id].append(reason)
    return [(row, reasons[row.id]) for row in rows]


# -- Settling ------------------------------------------------------------------------------------------------


def settle(by: Viewer, report: Report, decision: str, answer: str, version: int) -> None:
    """Say what becomes of a report. Raises :class:`Conflict` when the stored version is no longer ``version``."""
    db.session.refresh(report, with_for_update=True)
    if report.version != version:
        raise Conflict(report)
    report.state = decision
    report.answer = answer
    report.open_key = None
    report.settled_by, report.settled_at = by.membership_id, utcnow()
    report.version += 1
    db.session.flush()
    record("wording.settled", subject=_ref(report), details={"decision": decision})


def reopen(report: Report) -> bool:
    """Take a settlement back; returns whether that changed anything.

    It stays settled where the same was reported anew meanwhile: then that report is the open one.
    """
    db.session.refresh(report, with_for_update=True)
    if report.state == "open":
        return False
    key = _key_of(report)
    if _open_one(key) is not None:
        return False
    report.state, report.open_key = "open", key
    report.settled_by = report.settled_at = None
    report.version += 1
    db.session.flush()
    record("wording.reopened", subject=_ref(report))
    return True


def _ref(report: Report) -> Ref:
    return Ref("wording", "report", report.id)
