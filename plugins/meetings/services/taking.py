"""Taking the papers of last time along to an item that comes back every time. Flushes, never commits.

What was not reached brings its papers by itself (:mod:`plugins.meetings.services.filling`); what stands on every agenda
has new ones mostly, so there it is offered.
"""

from sqlalchemy import select

from core.api import Viewer, attachments_of, copy_attachments, db
from plugins.meetings.models import AudienceMember
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.disclosure import find_item


def papers_of_last_time(item_id: str, carried_from: str, viewer: Viewer) -> list[str]:
    """The names of the papers that an item had last time and does not have now; empty where it is not carried on.

    The viewer must be able to read both items. What hung on a restricted item is offered only where nobody could read
    it who could not then.
    """
    if not carried_from or not _same_readers(item_id, carried_from, viewer):
        return []
    there = {(each.name, each.sha256) for each in attachments_of(ref_of(ITEM, item_id))}
    before = attachments_of(ref_of(ITEM, carried_from))
    return [each.name for each in before if (each.name, each.sha256) not in there]


def take_along(item_id: str, carried_from: str, viewer: Viewer) -> int:
    """Hang the papers of last time on an item as well; returns how many. Raises ``UploadRefused`` for want of room."""
    wanted = papers_of_last_time(item_id, carried_from, viewer)
    if wanted:
        copies = {ref_of(ITEM, carried_from): ref_of(ITEM, item_id)}
        copy_attachments(copies, viewer, refuse=True)
    return len(wanted)


def _same_readers(item_id: str, carried_from: str, viewer: Viewer) -> bool:
    earlier, now = find_item(carried_from, viewer), find_item(item_id, viewer)
    if earlier is None or now is None:
        return False
    if not earlier[0].restricted:
        return True
    if not now[0].restricted:
        return False
    rows = db.session.execute(
        select(AudienceMember.item_id, AudienceMember.membership_id).where(
            AudienceMember.item_id.in_([item_id, carried_from])
        )
    ).all()
    could = {row.membership_id for row in rows if row.item_id == carried_from}
    return {row.membership_id for row in rows if row.item_id == item_id} <= could
