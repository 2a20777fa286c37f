"""Writing the record of who did what, in the same transaction as what was done."""

from collections.abc import Mapping

from flask import g, has_app_context, has_request_context

from core import tenancy
from core.audit.models import AuditRecord
from core.database import db
from core.values import Ref, Viewer

_LONGEST_DETAIL = 200


def record(
    action: str,
    *,
    subject: Ref | None = None,
    result: str = "done",
    details: Mapping[str, str] | None = None,
    person_id: str | None = None,
    by: Viewer | None = None,
) -> None:
    """Add a record; it is kept exactly if the caller's transaction is.

    ``action`` is a name of ours such as ``"plugin.enabled"``, never a text from outside. ``details`` are facts
    without personal data. Who acts, in which city and in which request is taken from the request where there is
    one; ``person_id`` says it where the request cannot know yet, as while somebody signs in, and ``by`` where a worker
    acts for somebody.
    """
    viewer = by or (g.get("viewer") if has_app_context() else None)
    if viewer is not None:
        person_id = person_id or viewer.person_id
    elif person_id is None and has_request_context():
        person_id = _signed_in()
    city_id = tenancy.current_city_id() if tenancy.city_in_force() else None
    db.session.add(
        AuditRecord(
            action=action,
            city_id=city_id,
            person_id=person_id,
            membership_id=viewer.membership_id if viewer is not None else None,
            ref_plugin=subject.plugin if subject else None,
            ref_kind=subject.kind if subject else None,
            ref_id=subject.id if subject else None,
            result=result,
            details={key: str(value)[:_LONGEST_DETAIL] for key, value in (details or {}).items()},
            request_id=g.get("request_id", "") if has_app_context() else "",
        )
    )
    db.session.flush()


def record_aside(
    action: str, *, subject: Ref | None = None, details: Mapping[str, str] | None = None
) -> None:
    """Add a record from a page that only reads, such as one that hands out a file, and keep it.

    In a short transaction of its own, once nothing more is read: that of the request is ended. Raises ``RuntimeError``
    when something was changed and not yet committed.
    """
    from core.database import write_intent
    from core.identity.transactions import let_go

    let_go()
    with write_intent():
        record(action, subject=subject, details=details)
        db.session.commit()


def _signed_in() -> str | None:
    from flask import current_app
    from flask_login import current_user

    if not hasattr(current_app, "login_manager") or not current_user.is_authenticated:
        return None
    return str(current_user.id)
