"""What meetings wait for, for those who keep the network: minutes, their approval, and the next invitations."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from core.api import Membership, Organisation, Viewer, Waiting, db, kept_alias, name_of, utcnow
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

_secretary, _of_secretary = kept_alias(Membership), kept_alias(Organisation)
_seat = kept_alias(BodyMember)


def waiting(viewer: Viewer, today: date, base: str) -> Iterator[Waiting]:
    """What should be done by now, of whoever writes the minutes, the longest first; one query.

    Minutes that are not circulated, from the day of the meeting; circulated ones that are not approved, from the day
    until which a word was asked for; meetings that are not convened, and dates of a body's rule for which no meeting
    was prepared, from the day on which the invitations are due. ``base`` is the address of the list of meetings.
    """
    if not viewer.may(Permission.SEE):
        return
    found: dict[str, Waiting] = {}
    for row in db.session.execute(_query(viewer, today)):
        if row.Meeting is not None and (one := _of_meeting(row, viewer, today, base)):
            found[one.url] = one
        if viewer.may(Permission.CONVENE) and (one := _to_prepare(row, viewer, today, base)):
            found[one.url] = one
    yield from sorted(found.values(), key=lambda one: (one.since, one.title, one.url))[:AT_MOST]


def _query(viewer: Viewer, today: date) -> Select[Any]:
    """Each body with a rule, and each meeting that something may be wanting of, with whose matter it is."""
    now = utcnow()
    wanting = or_(
        and_(
            Meeting.state.in_([State.CONVENED.value, State.IN_PROGRESS.value, State.MINUTES.value]),
            Meeting.end_utc < now,
        ),
        and_(Meeting.state == State.CIRCULATED.value, Meeting.comments_until < today),
        and_(Meeting.state == State.DRAFT.value, Meeting.start_utc < now + _LONGEST_NOTICE),
    )
    other = aliased(Meeting)
    last: Any = (
        select(func.max(other.series_date))
        .where(other.city_id == Body.city_id, other.body_id == Body.id)
        .correlate(Body)
        .scalar_subquery()
    )
    return (
        select(
            Body, Meeting, last.label("last"), _secretary.organisation_id,
            _of_secretary.names.label("organisation_names"),
        )
        .outerjoin(
            Meeting,
            and_(
                Meeting.city_id == Body.city_id, Meeting.body_id == Body.id,
                Meeting.start_utc > now - ASKED_FOR, wanting, meeting_visible(viewer),
            ),
        )
        .outerjoin(
            _seat,
            and_(
                _seat.city_id == Body.city_id, _seat.body_id == Body.id, _seat.role == "secretary"
            ),
        )
        .outerjoin(
            _secretary,
            and_(
                _secretary.city_id == Body.city_id,
                _secretary.id == func.coalesce(Meeting.secretary_id, _seat.membership_id),
            ),
        )
        .outerjoin(
            _of_secretary,
            and_(
                _of_secretary.city_id == _secretary.city_id,
                _of_secretary.id == _secretary.organisation_id,
            ),
        )
        .where(or_(Meeting.id.is_not(None), and_(Body.active.is_(True), Body.rhythm != "")))
        .order_by(Meeting.start_utc, Meeting.id, Body.id)
        .limit(3 * AT_MOST)
    )  # fmt: skip


def _of_meeting(row: Any, viewer: Viewer, today: date, base: str) -> Waiting | None:
    meeting: Meeting = row.Meeting
    day = meeting.wall_start.date()
    match State(meeting.state):
        case State.DRAFT:
            kind, since = _("Meeting to convene"), day - timedelta(days=row.Body.notice_days)
        case State.CIRCULATED:
            kind, since = _("Minutes to approve"), meeting.comments_until or day
        case _:
            kind, since = _("Minutes to circulate"), day
    if since > today:
        return None
    title = title_of(
        meeting.title, meeting.language, meeting.translations, meeting.number, row.Body.names,
        viewer.locale,
    )  # fmt: skip
    return Waiting(
        title.text,
        f"{base}{meeting.id}",
        row.organisation_id or "",
        name_of(row.organisation_names or {}, viewer.locale),
        since,
        kind,
        title.language,
    )


def _to_prepare(row: Any, viewer: Viewer, today: date, base: str) -> Waiting | None:
    body: Body = row.Body
    if not body.active or not body.rhythm:
        return None
    found = next_date(rule_of(body), row.last, today, viewer.locale)
    since = found.day - timedelta(days=body.notice_days) if found else None
    if since is None or since > today:
        return None
    return Waiting(
        name_of(body.names, viewer.locale),
        f"{base}new?body={body.id}",
        row.organisation_id or "",
        name_of(row.organisation_names or {}, viewer.locale),
        since,
        _("Meeting to prepare"),
    )
