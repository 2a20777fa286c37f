"""Titles and descriptions in other languages: who may translate them, and the copy that lists and search read."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from core.api import (
    Ref,
    TextField,
    Translatable,
    Viewer,
    current_city,
    db,
)
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.activities.models import Activity
from plugins.activities.services.access import KIND, may_change, visible_to
from plugins.activities.services.entries import index_texts
from plugins.activities.services.records import note_change
from plugins.activities.services.texts import LONGEST_TEXT, LONGEST_TITLE
from plugins.activities.words import Visibility


def translatable(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
    """Title and description, for those who may see the activity.

    What all members see every member may translate for their neighbours; the rest only who may change it.
    """
    wanted = {ref.id: ref for ref in refs if ref.kind == KIND}
    fields = (
        TextField("title", _p("activity", "Title"), LONGEST_TITLE),
        TextField("description", _("Description"), LONGEST_TEXT, multiline=True),
    )
    rows = db.session.scalars(select(Activity).where(Activity.id.in_(wanted), visible_to(viewer)))
    found = {}
    for activity in rows:
        may = activity.visibility == Visibility.MEMBERS or may_change(activity, viewer)
        found[wanted[activity.id]] = Translatable(fields, may, may)
    return found


def note_translation(
    ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
) -> None:
    """Keep the copy of a translation that lists, calendars and search read."""
    activity = db.session.get(Activity, (current_city().id, ref.id))
    if activity is None:
        return
    before = (activity.translations or {}).get(language, {})
    others = {
        code: each for code, each in (activity.translations or {}).items() if code != language
    }
    if state == "missing":
        activity.translations = others
    else:
        after = {
            "title": texts.get("title", ""),
            "description": texts.get("description", ""),
            "state": state,
        }
        activity.translations = {**others, language: after}
    index_texts(activity)
    title = texts.get("title", "")
    same = before.get("title", "") == title and before.get("description", "") == texts.get(
        "description", ""
    )
    if viewer is not None and state in {"translated", "approved"} and not same:
        note_change(
            activity,
            viewer.membership_id,
            {f"translation.{language}": [before.get("title", ""), title]},
            way="translation",
        )
