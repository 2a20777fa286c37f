"""The page of what somebody was told: what it asks of the database, and what it shows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from core.database import db
from core.i18n import local_time
from core.identity.models import Membership
from core.notifications.kinds import NotificationKind
from core.notifications.models import Notification
from core.notifications.told import Piece, links_of, pieces
from core.permissions import Permission
from core.registry import CityHooks
from core.tenancy import current_city_id
from core.values import Ref, Viewer

PAGE = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One notification as the page shows it. ``url`` is empty where it leads nowhere."""

    id: str
    pieces: tuple[Piece, ...]
    unread: bool
    times: int
    at: Any
    url: str


@dataclass(slots=True)
class Day:
    """What was told on one day, the latest first."""

    date: date
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """One page of the list, by day, and the mark of the next one."""

    days: list[Day] = field(default_factory=list)
    after: str = ""


def find_own(identifier: str, viewer: Viewer) -> Notification | None:
    """One of the viewer's notifications, or None."""
    return db.session.scalars(
        select(Notification).where(
            Notification.id == identifier,
            Notification.membership_id == viewer.membership_id,
            Notification.in_page.is_(True),
        )
    ).first()


def address_of(
    one: Notification, viewer: Viewer, hooks: CityHooks, kinds: Mapping[str, NotificationKind]
) -> str:
    """Where a notification leads this reader at this moment; empty where it leads nowhere."""
    return _address(one, links_of([_subject(one)], viewer, hooks), kinds.get(one.kind))


def _address(row: Any, links: Mapping[Ref, Any], kind: NotificationKind | None) -> str:
    if kind is None:
        return ""
    link = links.get(Ref(*_subject(row)))
    if link is not None:
        return str(link.url)
    return kind.where() if kind.where is not None and not row.ref_plugin else ""


def _subject(row: Any) -> tuple[str, str, str]:
    return row.ref_plugin, row.ref_kind, row.ref_id


def read_page(
    viewer: Viewer,
    hooks: CityHooks,
    kinds: Mapping[str, NotificationKind],
    *,
    unread: bool = False,
    after: str = "",
) -> Page:
    """A page of what the viewer was told, the latest first: one query, and one for each plugin it speaks of."""
    rows = _rows(viewer, kinds, unread=unread, after=after)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    links = links_of((_subject(row.Notification) for row in rows), viewer, hooks)
    page = Page(after=rows[-1].Notification.id if more else "")
    for row in rows:
        one: Notification = row.Notification
        day = local_time(one.at).date()
        if not page.days or page.days[-1].date != day:
            page.days.append(Day(day))
        kind = kinds[one.kind]
        # Names stand in the directory, which not every role may open.
        actor = (row.shown_name or "") if viewer.may(Permission.SEE_DIRECTORY) else ""
        link = links.get(Ref(*_subject(one)))
        page.days[-1].lines.append(
            Line(
                one.id,
                pieces(kind, one.facts, one.times, actor, link),
                one.unread,
                one.times,
                one.at,
                _address(one, links, kind),
            )
        )
    return page


def _rows(
    viewer: Viewer, kinds: Mapping[str, NotificationKind], *, unread: bool, after: str
) -> Sequence[Any]:
    actor = aliased(Membership)
    query = (
        select(Notification, actor.shown_name)
        .outerjoin(
            actor, and_(actor.city_id == Notification.city_id, actor.id == Notification.actor_id)
        )
        .where(
            Notification.membership_id == viewer.membership_id,
            Notification.in_page.is_(True),
            Notification.kind.in_(list(kinds)),
        )
        .order_by(Notification.at.desc(), Notification.id.desc())
        .limit(PAGE + 1)
    )
    if unread:
        query = query.where(Notification.unread.is_(True))
    start = db.session.get(Notification, (current_city_id(), after)) if after else None
    if start is not None and start.membership_id == viewer.membership_id:
        query = query.where(
            or_(
                Notification.at < start.at,
                and_(Notification.at == start.at, Notification.id < start.id),
            )
        )
    return db.session.execute(query).all()
