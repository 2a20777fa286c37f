"""What meetings wait for, for those who keep the network: minutes, their approval, and the next invitations."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from core.api import Membership, Organisation, Viewer, Waiting, db, name_of, utcnow
from core.api import gettext as _
from plugins.meetings.models import Body, BodyMember, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services.access import meeting_visible
from plugins.meetings.services.bodies import rule_of
from plugins.meetings.services.disclosure import title_of
from plugins.meetings.services.rhythm import next_date
from plugins.meetings.words import State

AT_MOST = 100
# The longest notice that a body can ask for.
_LONGEST_NOTICE = timedelta(days=90)
# What nobody finished for a year will not be finished any more; it also bounds what is read.
ASKED_FOR = timedelta(days=365)

_secretary, _of_secretary = aliased(Membership), aliased(Organisation)


def waiting(viewer: Viewer, today: date, base: str) -> Iterator[Waiting]:
    """What should be done by now, of whoever writes the minutes, the longest first; two queries.

    Minutes that are not circulated, from the day of the meeting; circulated ones that are not approved, from the day
    until which a word was asked for; meetings that are not convened, and dates of a body's rule for which no meeting
    was prepared, from the day on which the invitations are due. ``base`` is the address of the list of meetings.
    """
    if not viewer.may(Permission.SEE):
        return
    found = [*_meetings(viewer, today, base), *_to_prepare(viewer, today, base)]
    yield from sorted(found, key=lambda one: (one.since, one.title, one.url))[:AT_MOST]


def _meetings(viewer: Viewer, today: date, base: str) -> Iterator[Waiting]:
    now = utcnow()
    rows = db.session.execute(
        select(
            Meeting, Body.names, Body.notice_days, _secretary.organisation_id,
            _of_secretary.names.label("organisation_names"),
        )
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .outerjoin(
            _secretary,
            and_(_secretary.city_id == Meeting.city_id, _secretary.id == Meeting.secretary_id),
        )
        .outerjoin(
            _of_secretary,
            and_(
                _of_secretary.city_id == _secretary.city_id,
                _of_secretary.id == _secretary.organisation_id,
            ),
        )
        .where(
            meeting_visible(viewer),
            Meeting.start_utc > now - ASKED_FOR,
            or_(
                and_(
                    Meeting.state.in_(
                        [State.CONVENED.value, State.IN_PROGRESS.value, State.MINUTES.value]
                    ),
                    Meeting.end_utc < now,
                ),
                and_(Meeting.state == State.CIRCULATED.value, Meeting.comments_until < today),
                and_(Meeting.state == State.DRAFT.value, Meeting.start_utc < now + _LONGEST_NOTICE),
            ),
        )
        .order_by(Meeting.start_utc, Meeting.id)
        .limit(2 * AT_MOST)
    )  # fmt: skip
    for row in rows:
        meeting: Meeting = row.Meeting
        day = meeting.wall_start.date()
        match State(meeting.state):
            case State.DRAFT:
                kind, since = _("Meeting to convene"), day - timedelta(days=row.notice_days)
            case State.CIRCULATED:
                kind, since = _("Minutes to approve"), meeting.comments_until or day
            case _:
                kind, since = _("Minutes to circulate"), day
        if since > today:
            continue
        title = title_of(
            meeting.title, meeting.language, meeting.translations, meeting.number, row.names,
            viewer.locale,
        )  # fmt: skip
        yield Waiting(
            title.text,
            f"{base}{meeting.id}",
            row.organisation_id or "",
            name_of(row.organisation_names or {}, viewer.locale),
            since,
            kind,
            title.language,
        )


def _to_prepare(viewer: Viewer, today: date, base: str) -> Iterator[Waiting]:
    if not viewer.may(Permission.CONVENE):
        return
    last: Any = (
        select(func.max(Meeting.series_date))
        .where(Meeting.city_id == Body.city_id, Meeting.body_id == Body.id)
        .correlate(Body)
        .scalar_subquery()
    )
    seat = aliased(BodyMember)
    rows = db.session.execute(
        select(
            Body, last.label("last"), _secretary.organisation_id,
            _of_secretary.names.label("organisation_names"),
        )
        .outerjoin(
            seat,
            and_(seat.city_id == Body.city_id, seat.body_id == Body.id, seat.role == "secretary"),
        )
        .outerjoin(
            _secretary,
            and_(_secretary.city_id == seat.city_id, _secretary.id == seat.membership_id),
        )
        .outerjoin(
            _of_secretary,
            and_(
                _of_secretary.city_id == _secretary.city_id,
                _of_secretary.id == _secretary.organisation_id,
            ),
        )
        .where(Body.active.is_(True), Body.rhythm != "")
        .order_by(Body.sort_key, Body.id)
        .limit(AT_MOST)
    )  # fmt: skip
    for row in rows:
        body: Body = row.Body
        found = next_date(rule_of(body), row.last, today, viewer.locale)
        since = found.day - timedelta(days=body.notice_days) if found else None
        if since is None or since > today:
            continue
        yield Waiting(
            name_of(body.names, viewer.locale),
            f"{base}new?body={body.id}",
            row.organisation_id or "",
            name_of(row.organisation_names or {}, viewer.locale),
            since,
            _("Meeting to prepare"),
        )
