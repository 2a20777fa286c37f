"""Decisions and attendance as files: the same filters and order as the pages.

A file leaves the house and is handed on. So what was decided on restricted items is in none, whoever takes it: it
stays on the page of its item. Papers of a meeting are made one by one, for those who may read them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from core.api import (
    ACTION_STATUSES,
    SECTORS,
    ActionLine,
    Column,
    ListExport,
    Membership,
    Organisation,
    Period,
    Viewer,
    Written,
    batches,
    current_city,
    db,
    format_date,
    format_period,
    kept_alias,
    language_name,
    name_of,
    site_url,
    valid_id,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.meetings.models import Attendance, Body, Decision, Dissent, Item, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services.access import meeting_visible, plain_open
from plugins.meetings.services.bodies import list_bodies
from plugins.meetings.services.disclosure import title_of
from plugins.meetings.services.listing import within
from plugins.meetings.services.register import (
    KNOWN,
    ORDER,
    Filters,
    Line,
    columns,
    conditions,
    joined,
    lines_of,
    read_filters,
)
from plugins.meetings.words import (
    ATTENDANCE,
    DECISION_STATES,
    ITEM_KINDS,
    PARTS,
    PUBLICITY,
    RULES,
    State,
)

Arguments = Mapping[str, str]
Value = Any

# -- Decisions -------------------------------------------------------------------------------------------------


def _leaving(filters: Filters, viewer: Viewer) -> list[Any]:
    return [*conditions(filters, viewer), Item.restricted.is_(False)]


def count_leaving(viewer: Viewer, arguments: Arguments) -> int:
    """How many decisions the file holds."""
    query = joined(select(func.count()).select_from(Decision))
    return db.session.scalar(query.where(*_leaving(read_filters(arguments), viewer))) or 0


def decision_rows(viewer: Viewer, arguments: Arguments) -> Iterator[Sequence[Value]]:
    """The register, with everything that belongs to a decision and what became of it."""
    asked = _leaving(read_filters(arguments), viewer)
    query = joined(select(Decision.id).select_from(Decision)).where(*asked)
    ids = list(db.session.scalars(query.order_by(*(column.desc() for column in ORDER))))
    base = site_url("meetings.index", city_slug=current_city().slug)
    everything = _leaving(Filters(), viewer)
    for part in batches(ids):
        # Asked again who may read them, since they are read after they were chosen.
        rows = db.session.execute(columns().where(Decision.id.in_(part), *everything)).all()
        lines = {line.decision.id: line for line in lines_of(rows, viewer)}
        against = _dissents(list(lines))
        for identifier in part:
            if identifier in lines:
                yield _row(lines[identifier], against.get(identifier, []), base)


_dissenter = kept_alias(Membership)


def _dissents(ids: Sequence[str]) -> dict[str, list[str]]:
    """Who did not agree, and why; of decisions that the caller found open to the reader."""
    found: dict[str, list[str]] = {}
    rows = db.session.execute(
        select(Dissent, Attendance.guest_name, _dissenter.shown_name)
        .outerjoin(
            Attendance,
            and_(Attendance.city_id == Dissent.city_id, Attendance.id == Dissent.attendance_id),
        )
        .outerjoin(
            _dissenter,
            and_(
                _dissenter.city_id == Attendance.city_id,
                _dissenter.id == Attendance.membership_id,
            ),
        )
        .where(Dissent.decision_id.in_(ids))
        .order_by(Dissent.position, Dissent.id)
    )
    for row in rows:
        name = row.shown_name or row.guest_name or _("Somebody")
        reason = row.Dissent.reason
        found.setdefault(row.Dissent.decision_id, []).append(
            f"{name}: {reason}" if reason else name
        )
    return found


def _row(line: Line, against: Sequence[str], base: str) -> Sequence[Value]:
    decision = line.decision
    done = sum(1 for each in line.actions if each.status == "done")
    return (
        decision.decided_on,
        decision.label,
        Written(line.body),
        Written(line.meeting.text, line.meeting.language),
        Written(line.item.text, line.item.language),
        str(ITEM_KINDS.get(line.kind, line.kind)),
        Written(decision.text.text, decision.text.language),
        Written(decision.rationale.text, decision.rationale.language),
        Written(decision.alternatives.text, decision.alternatives.language),
        Written(decision.original["text"], decision.language),
        language_name(decision.language),
        str(RULES.get(decision.rule, decision.rule)),
        *decision.votes,
        Written("; ".join(against)),
        Written(decision.legal_basis),
        str(PUBLICITY.get(decision.publicity, decision.publicity)),
        decision.quorate,
        str(DECISION_STATES.get(decision.state, decision.state)),
        line.replaced_by.label if line.replaced_by else None,
        line.replaces.label if line.replaces else None,
        len(line.actions),
        done,
        Written("; ".join(_action(each) for each in line.actions)),
        f"{base}items/{decision.item_id}#decisions",
    )


def _action(action: ActionLine) -> str:
    state = _("late") if action.late else str(ACTION_STATUSES[action.status])
    who = action.assignee or action.organisation
    return f"{action.text} ({who}, {format_date(action.due_on)}: {state})"


def _body_names(viewer: Viewer) -> dict[str, str]:
    return {each.id: each.name for each in list_bodies(viewer.locale)}


def filter_words(filters: Filters, bodies: Mapping[str, str]) -> dict[str, str]:
    """Which filters are set, by name, in the reader's language."""
    found = {"q": f"“{filters.q}”"} if filters.q else {}
    if filters.body:
        found["body"] = bodies.get(filters.body, _("A body that is not there any more"))
    if period := Period.named(filters.year):
        found["year"] = format_period(period)
    for name, known in KNOWN.items():
        if value := getattr(filters, name):
            found[name] = str(known[value])
    return found


def decision_words(viewer: Viewer, arguments: Arguments) -> Sequence[str]:
    """Which filters are set, and that what is restricted is left out."""
    words = filter_words(read_filters(arguments), _body_names(viewer)).values()
    return [*words, _("without restricted items")]


DECISIONS = ListExport(
    name="decisions",
    title=_l("Decisions"),
    columns=(
        Column("decided_on", _lp("decision", "Date"), "date", width=12),
        Column("number", _lp("decision", "Number"), width=9),
        Column("body", _l("Body"), width=20),
        Column("meeting", _l("Meeting"), width=26, printed=False),
        Column("item", _l("Agenda item"), width=26, printed=False),
        Column("kind", _l("Kind of item"), width=18, printed=False),
        Column("text", _l("Decision"), width=44),
        Column("rationale", _l("Rationale"), width=40),
        Column("alternatives", _l("Alternatives considered"), width=30, printed=False),
        Column("original", _l("Original wording"), width=40, printed=False),
        Column("language", _l("Language of the original"), width=14, printed=False),
        Column("rule", _l("How it was decided"), width=16),
        Column("votes_for", _l("Votes for"), "number", width=9, printed=False),
        Column("votes_against", _l("Votes against"), "number", width=9, printed=False),
        Column("votes_abstained", _l("Abstentions"), "number", width=9, printed=False),
        Column("dissent", _l("Dissent"), width=26, printed=False),
        Column("legal_basis", _l("Legal basis"), width=20, printed=False),
        Column("publicity", _l("May be read by"), width=18, printed=False),
        Column("quorate", _lp("decision", "Quorate"), "yes_no", width=9),
        Column("state", _lp("decision", "State"), width=12),
        Column("replaced_by", _l("Replaced by"), width=11, printed=False),
        Column("replaces", _l("Takes the place of"), width=11, printed=False),
        Column("actions", _l("Number of actions"), "number", width=9, printed=False),
        Column("actions_done", _l("Actions done"), "number", width=9, printed=False),
        Column("what_became", _l("What became of it"), width=44),
        Column("page", _lp("decision", "Page"), "url", width=24, printed=False),
    ),
    rows=decision_rows,
    permission=Permission.SEE,
    count=count_leaving,
    arguments=("q", "body", "year", *KNOWN),
    words=decision_words,
)


# -- Attendance ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    body: str
    meeting: str
    year: str


def _asked(arguments: Arguments) -> _Asked:
    body, meeting = arguments.get("body", ""), arguments.get("meeting", "")
    return _Asked(
        body if valid_id(body) else "",
        meeting if valid_id(meeting) else "",
        read_filters(arguments).year,
    )


_HELD = [state.value for state in State if state.held]


def _attended(asked: _Asked, viewer: Viewer) -> list[Any]:
    found: list[Any] = [meeting_visible(viewer), plain_open(viewer), Meeting.state.in_(_HELD)]
    if asked.body:
        found.append(Meeting.body_id == asked.body)
    if asked.meeting:
        found.append(Meeting.id == asked.meeting)
    if period := Period.named(asked.year):
        found += within(period)
    return found


def _on_lists(*what: Any) -> Any:
    return (
        select(*what)
        .select_from(Attendance)
        .join(
            Meeting,
            and_(Meeting.city_id == Attendance.city_id, Meeting.id == Attendance.meeting_id),
        )
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
    )


def count_attended(viewer: Viewer, arguments: Arguments) -> int:
    """How many rows the lists of attendance have together."""
    query = _on_lists(func.count()).where(*_attended(_asked(arguments), viewer))
    return db.session.scalar(query) or 0


_replaced, _of_replaced = kept_alias(Attendance), kept_alias(Membership)


def attendance_rows(viewer: Viewer, arguments: Arguments) -> Iterator[Sequence[Value]]:
    """Everybody on the lists of meetings that were held, as the page of each list shows them.

    Who came and went during which item is not among it, nor what an apology says.
    """
    asked = _attended(_asked(arguments), viewer)
    ids = list(
        db.session.scalars(
            _on_lists(Attendance.id)
            .where(*asked)
            .order_by(
                Meeting.start_utc.desc(), Meeting.id.desc(), Attendance.position, Attendance.id
            )
        )
    )
    for part in batches(ids):
        rows = db.session.execute(
            _on_lists(
                Attendance, Meeting, Body.names.label("body_names"), Membership.shown_name,
                Organisation.names.label("organisation_names"), Organisation.sector,
                _of_replaced.shown_name.label("in_place_of"),
            )
            .outerjoin(
                Membership,
                and_(
                    Membership.city_id == Attendance.city_id,
                    Membership.id == Attendance.membership_id,
                ),
            )
            .outerjoin(
                Organisation,
                and_(
                    Organisation.city_id == Attendance.city_id,
                    Organisation.id == Attendance.organisation_id,
                ),
            )
            .outerjoin(
                _replaced,
                and_(
                    _replaced.city_id == Attendance.city_id, _replaced.id == Attendance.stands_for
                ),
            )
            .outerjoin(
                _of_replaced,
                and_(
                    _of_replaced.city_id == _replaced.city_id,
                    _of_replaced.id == _replaced.membership_id,
                ),
            )
            .where(Attendance.id.in_(part), meeting_visible(viewer))
        )  # fmt: skip
        found = {row.Attendance.id: row for row in rows}
        for identifier in part:
            if identifier in found:
                yield _attendance_row(found[identifier], viewer)


def _attendance_row(row: Any, viewer: Viewer) -> Sequence[Value]:
    meeting, on_list = row.Meeting, row.Attendance
    title = title_of(
        meeting.title, meeting.language, meeting.translations, meeting.number, row.body_names,
        viewer.locale,
    )  # fmt: skip
    return (
        meeting.wall_start.date(),
        Written(name_of(row.body_names, viewer.locale)),
        meeting.number,
        Written(title.text, title.language),
        Written(row.shown_name or on_list.guest_name),
        Written(
            name_of(row.organisation_names, viewer.locale)
            if row.organisation_names
            else on_list.guest_organisation
        ),
        str(SECTORS[row.sector]) if row.sector in SECTORS else None,
        str(PARTS.get(on_list.part, on_list.part)),
        str(ATTENDANCE.get(on_list.status, on_list.status)),
        Written(row.in_place_of or ""),
    )


def attendance_words(viewer: Viewer, arguments: Arguments) -> Sequence[str]:
    """Which filters are set."""
    asked = _asked(arguments)
    found = filter_words(Filters(body=asked.body, year=asked.year), _body_names(viewer))
    if asked.meeting:
        found["meeting"] = _("one meeting")
    return list(found.values())


ATTENDED = ListExport(
    name="attendance",
    title=_l("Attendance"),
    columns=(
        Column("date", _lp("meeting", "Date"), "date", width=12),
        Column("body", _l("Body"), width=24),
        Column("number", _lp("meeting", "Number"), "number", width=8),
        Column("meeting", _l("Meeting"), width=28, printed=False),
        Column("name", _lp("person", "Name"), width=26),
        Column("organisation", _l("Organisation"), width=28),
        Column("sector", _l("Sector"), width=18),
        Column("part", _l("Takes part as"), width=14),
        Column("status", _l("Attendance"), width=14),
        Column("stands_for", _l("In whose place"), width=24, printed=False),
    ),
    rows=attendance_rows,
    permission=Permission.SEE,
    count=count_attended,
    arguments=("body", "meeting", "year"),
    words=attendance_words,
)
