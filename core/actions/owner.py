"""What the rest of the house asks of actions: their titles, for notifications, search and papers."""

from collections.abc import Iterable, Mapping

from flask import url_for
from sqlalchemy import select

from core.actions.access import KIND, visible_to
from core.actions.models import Action
from core.database import db
from core.values import Link, Ref, Translatable, Viewer


class ActionOwner:
    """Answers for the refs of actions, in the place of a plugin."""

    def describe(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
        """The words of the actions that the viewer may see."""
        wanted = {ref.id: ref for ref in refs if ref.kind == KIND}
        if not wanted:
            return {}
        rows = db.session.execute(
            select(Action.id, Action.text, Action.language, Action.restricted).where(
                Action.id.in_(wanted), visible_to(viewer)
            )
        )
        return {
            wanted[row.id]: Link(
                row.text,
                url_for("actions.detail", action_id=row.id),
                row.language,
                restricted=row.restricted,
            )
            for row in rows
        }

    def translatable(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
        """Nothing: an action is a promise of one sentence, in the language of who made it."""
        del refs, viewer
        return {}

    def text_translated(
        self, ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
    ) -> None:
        """Nothing to keep."""
