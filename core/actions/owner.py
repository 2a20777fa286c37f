"""What the rest of the house asks of actions: their titles, for notifications, search and papers."""

from collections.abc import Iterable, Mapping

from flask import url_for
from sqlalchemy import select

from core.actions.access import KIND, opened, ref_of, subject_of
from core.actions.models import Action
from core.actions.searching import searchable_actions
from core.actions.services import LONGEST_TEXT
from core.database import db
from core.i18n import gettext as _
from core.permissions import Permission
from core.search.services import index_many
from core.values import Link, Ref, TextField, Translatable, Viewer


class ActionOwner:
    """Answers for the refs of actions, in the place of a plugin."""

    def describe(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
        """The words of the actions that the viewer may open."""
        return {
            ref_of(action.id): Link(
                action.text,
                url_for("actions.detail", action_id=action.id),
                action.language,
                restricted=action.restricted,
            )
            for action in _opened(refs, viewer)
        }

    def translatable(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
        """The words of those that hang on a record; whoever keeps the network approves a translation.

        Those of restricted minutes are translated by whoever may read these.
        """
        field = TextField("text", _("What is to be done"), LONGEST_TEXT)
        return {
            ref_of(action.id): Translatable(
                (field,), viewer.may(Permission.ADD_ACTIONS), viewer.may(Permission.MANAGE_ACTIONS)
            )
            for action in _opened(refs, viewer)
            if subject_of(action) is not None
        }

    def text_translated(
        self, ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
    ) -> None:
        """Let the action be found by its translations; whoever shows it beside its subject asks for them."""
        if (action := db.session.scalar(select(Action).where(Action.id == ref.id))) is not None:
            index_many(searchable_actions([action]))


def _opened(refs: Iterable[Ref], viewer: Viewer) -> list[Action]:
    wanted = {ref.id for ref in refs if ref.kind == KIND}
    if not wanted:
        return []
    return opened(db.session.scalars(select(Action).where(Action.id.in_(wanted))), viewer)
