"""Who is told of an action, in which words: when it is given, changed, finished, due and late.

A person without an account is reminded through their organisation. A notification names the action itself, whose
words its readers may see; where the action came from it does not say.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import and_, or_, select

from core.actions.access import ref_of
from core.actions.models import Action
from core.actions.words import Status
from core.database import db
from core.i18n import format_date, ngettext
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import today as city_today
from core.identity.memberships import covers
from core.identity.models import Membership, Person
from core.notifications.kinds import NotificationKind, Told
from core.notifications.services import notify, settle, told_not_yet
from core.permissions import Permission, permissions_of
from core.values import Ref, Viewer

# So many days before its date an action is reminded of, then on the day itself, then each week that it is late.
DAYS_BEFORE = 3
EVERY_DAYS_LATE = 7
# Whoever has given up on it is not reminded for ever.
LATE_AT_MOST = timedelta(days=90)


def _named(told: Told) -> str:
    return _("“%(title)s”", title=told.title) if told.title else _("an action")


def _assigned(told: Told) -> str:
    if told.facts.get("to") == "organisation":
        return _("Your organisation is to act: %(action)s", action=_named(told))
    return _("You are to act: %(action)s", action=_named(told))


def _changed(told: Told) -> str:
    return _("An action of yours was changed: %(action)s", action=_named(told))


def _settled(told: Told) -> str:
    if told.facts.get("status") == Status.NOT_POSSIBLE:
        return _("An action that you added is not possible: %(action)s", action=_named(told))
    return _("An action that you added is done: %(action)s", action=_named(told))


def _reassigned(told: Told) -> str:
    number = int(told.facts.get("number", 1))
    if told.facts.get("to") == "organisation":
        return ngettext(
            "%(num)s action was handed to your organisation.",
            "%(num)s actions were handed to your organisation.",
            number,
        )
    return ngettext(
        "%(num)s action was handed to you.", "%(num)s actions were handed to you.", number
    )


def _due(told: Told) -> str:
    day = format_date(date.fromisoformat(str(told.facts.get("due"))), "long")
    if told.facts.get("to") == "organisation":
        return _("Due by your organisation on %(day)s: %(action)s", day=day, action=_named(told))
    return _("Due on %(day)s: %(action)s", day=day, action=_named(told))


def _late(told: Told) -> str:
    day = format_date(date.fromisoformat(str(told.facts.get("due"))), "long")
    if told.facts.get("to") == "organisation":
        return _(
            "Late, it was due by your organisation on %(day)s: %(action)s",
            day=day,
            action=_named(told),
        )
    return _("Late, it was due on %(day)s: %(action)s", day=day, action=_named(told))


KINDS = (
    NotificationKind("actions.assigned", _l("An action is given to me"), _assigned),
    NotificationKind("actions.reassigned", _l("Actions are handed over to me"), _reassigned),
    NotificationKind("actions.changed", _l("An action of mine is changed"), _changed, mail="daily"),
    NotificationKind(
        "actions.settled", _l("An action that I added is finished"), _settled, mail="daily"
    ),
    NotificationKind("actions.due", _l("An action of mine is due soon"), _due),
    NotificationKind("actions.late", _l("An action of mine is late"), _late),
)


# What asks somebody to act, and holds only until they have.
_ASKING = ("actions.assigned", "actions.changed", "actions.due", "actions.late")


# -- Whom ------------------------------------------------------------------------------------------------


def whom(actions: Collection[Action], today: date) -> dict[str, tuple[list[str], str]]:
    """Who is told of each action, and as what: its person, or the members of its organisation.

    The organisation is told where there is no person, or one whom nothing reaches: without an account, no longer
    there, or with a role that sees no actions. One query.
    """
    organisations = {action.organisation_id for action in actions}
    assignees = {action.assignee_id for action in actions if action.assignee_id}
    found_rows = db.session.execute(
        select(
            Membership.id,
            Membership.organisation_id,
            Membership.since,
            Membership.until,
            Membership.roles,
        )
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.active.is_(True),
            Person.active.is_(True),
            or_(Membership.organisation_id.in_(organisations), Membership.id.in_(assignees)),
        )
        .order_by(Membership.id)
    )
    rows = [
        row
        for row in found_rows
        if covers(row.since, row.until, today)
        and Permission.SEE_ACTIONS in permissions_of(row.roles or (), ())
    ]
    there = {row.id for row in rows}
    found: dict[str, tuple[list[str], str]] = {}
    for action in actions:
        if action.assignee_id in there:
            found[action.id] = ([str(action.assignee_id)], "person")
        else:
            members = [row.id for row in rows if row.organisation_id == action.organisation_id]
            found[action.id] = (members, "organisation")
    return found


def assigned(action: Action, viewer: Viewer) -> None:
    """Tell those who are to act; whoever was to act before is asked for it no more."""
    members, to = whom([action], city_today())[action.id]
    settle(_ASKING, [ref_of(action.id)], but=members)
    notify("actions.assigned", members, subject=ref_of(action.id), facts={"to": to}, actor=viewer)


def moved(action: Action) -> None:
    """It has another date: that it is due or late on the one before holds no more."""
    settle(("actions.due", "actions.late"), [ref_of(action.id)])


def changed(action: Action, viewer: Viewer) -> None:
    """Tell those who are to act that words or date have changed."""
    ref = ref_of(action.id)
    members, to = whom([action], city_today())[action.id]
    # Whoever has not heard of it yet hears of it as it is now.
    waiting = told_not_yet("actions.assigned", ref)
    notify(
        "actions.changed",
        [each for each in members if each not in waiting],
        subject=ref,
        facts={"to": to},
        actor=viewer,
    )


def settled(action: Action, viewer: Viewer) -> None:
    """Tell whoever added the action that it is finished; nobody is asked for it any more."""
    settle(_ASKING, [ref_of(action.id)])
    if action.created_by:
        notify(
            "actions.settled",
            [action.created_by],
            subject=ref_of(action.id),
            facts={"status": action.status},
            actor=viewer,
        )


def opened_again(action: Action) -> None:
    """That it is finished holds no more."""
    settle(("actions.settled",), [ref_of(action.id)])


def reassigned(actions: Sequence[Action], viewer: Viewer) -> None:
    """Tell those who are to act now, once for all of them."""
    by_reader: dict[tuple[str, str], int] = {}
    refs: dict[tuple[str, ...], list[Ref]] = {}
    for identifier, (members, to) in whom(actions, city_today()).items():
        refs.setdefault(tuple(members), []).append(ref_of(identifier))
        for member in members:
            by_reader[member, to] = by_reader.get((member, to), 0) + 1
    for now_asked, given in refs.items():
        settle(_ASKING, given, but=now_asked)
    for (member, to), number in by_reader.items():
        notify("actions.reassigned", [member], facts={"to": to, "number": number}, actor=viewer)


def remind(today: date) -> int:
    """Remind of what is due soon, today, or late, once for each; returns how many actions. Safe to run twice a day."""
    found = 0
    actions = _to_remind(today)
    told = whom(actions, today)
    # What is late was due before, and is told once.
    settle(("actions.due",), [ref_of(action.id) for action in actions if action.due_on < today])
    for action in actions:
        members, to = told[action.id]
        kind = "actions.late" if action.due_on < today else "actions.due"
        facts = {"to": to, "due": action.due_on.isoformat()}
        notify(kind, members, subject=ref_of(action.id), facts=facts, calm=True)
        action.reminded_on = today
        found += 1
    db.session.flush()
    return found


def _to_remind(today: date) -> Sequence[Action]:
    soon, late = today + timedelta(days=DAYS_BEFORE), today - timedelta(days=EVERY_DAYS_LATE)
    due = or_(
        # Once within the last days, and once more on the day itself.
        and_(Action.due_on == today, or_(Action.reminded_on.is_(None), Action.reminded_on < today)),
        and_(Action.due_on > today, Action.due_on <= soon, Action.reminded_on.is_(None)),
        and_(
            Action.due_on < today,
            Action.due_on >= today - LATE_AT_MOST,
            or_(
                Action.reminded_on.is_(None),
                Action.reminded_on <= Action.due_on,
                Action.reminded_on <= late,
            ),
        ),
    )
    query = (
        select(Action)
        .where(Action.closed.is_(False), due)
        .order_by(Action.due_on, Action.id)
        .with_for_update()
    )
    return db.session.scalars(query).all()
