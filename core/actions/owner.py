"""What the rest of the house asks of actions: their titles, for notifications, search and papers."""

from collections.abc import Iterable, Mapping

from flask import url_for
from sqlalchemy import select

from core.actions.access import KIND, visible_to
from core.actions.models import Action
from core.actions.services import LONGEST_TEXT
from core.database import db
from core.i18n import gettext as _
from core.permissions import Permission
from core.values import Link, Ref, TextField, Translatable, Viewer


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
        """The words of those that hang on a record; whoever keeps the network approves a translation."""
        wanted = {ref.id: ref for ref in refs if ref.kind == KIND}
        if not wanted:
            return {}
        rows = db.session.scalars(
            select(Action.id).where(Action.id.in_(wanted), Action.ref_id != "", visible_to(viewer))
        )
        field = TextField("text", _("What is to be done"), LONGEST_TEXT)
        return {
            wanted[identifier]: Translatable(
                (field,), viewer.may(Permission.ADD_ACTIONS), viewer.may(Permission.MANAGE_ACTIONS)
            )
            for identifier in rows
        }

    def text_translated(
        self, ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
    ) -> None:
        """Nothing to keep: whoever shows an action beside its subject asks for its translations."""
