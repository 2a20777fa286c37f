"""What people type about actions."""

from datetime import date, timedelta
from typing import Any

from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from core.actions.people import Actor, Actors
from core.actions.services import LONGEST_REASON, LONGEST_TEXT, ActionEntry
from core.forms import Form, OnceField, VersionField
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import today

_FAR = timedelta(days=3660)


def _check_day(form: Form, field: DateField) -> None:
    day: date | None = field.data
    if day is None:
        return
    now = today()
    before: date | None = getattr(form, "due_before", None)
    if day < now and day != before:
        raise ValidationError(_("This date has passed. Choose today or a later day."))
    if day > now + _FAR:
        raise ValidationError(_("This date is more than ten years away. Choose an earlier one."))


class ActionForm(Form):
    """An action: what, who, by when. Made by :func:`action_form`, which knows who can be asked."""

    once = OnceField()
    version = VersionField()
    text = TextAreaField(
        _l("What is to be done"),
        [
            DataRequired(_l("Write what is to be done.")),
            Length(max=LONGEST_TEXT, message=_l("Write it in at most 500 characters.")),
        ],
        description=_l("One sentence that its reader understands without having been there."),
    )
    who = SelectField(_l("Who acts"), [InputRequired(_l("Choose who is to act."))])
    due_on = DateField(
        _l("By when"),
        [InputRequired(_l("Choose the day by which it is to be done.")), _check_day],
    )
    # The day that is stored, which may stay although it has passed.
    due_before: date | None = None

    def entry(self, actors: Actors, language: str) -> ActionEntry:
        """What was typed, once it is valid."""
        actor = actors.find(self.who.data or "")
        assert actor is not None  # noqa: S101  the field takes nothing that it does not offer
        assert self.due_on.data is not None  # noqa: S101  it is required
        return ActionEntry(
            self.text.data or "",
            language,
            actor.organisation_id,
            actor.membership_id,
            self.due_on.data,
        )


def action_form(
    sent: Any, actors: Actors, *, chosen: Actor | None = None, **values: Any
) -> ActionForm:
    """The form, filled from ``sent`` or else with ``values``; ``chosen`` is who acts unless something else is sent."""
    form = ActionForm(sent, who=chosen.value if chosen else "", **values)
    form.who.choices = {"": [("", _("Choose"))], **actors.choices} if not chosen else actors.choices
    return form


class ReasonForm(Form):
    """Why an action is blocked or not possible."""

    version = VersionField()
    reason = TextAreaField(
        _l("Why"),
        [
            DataRequired(_l("Write why, so that the others can help or plan without it.")),
            Length(max=LONGEST_REASON, message=_l("Write it in at most 1000 characters.")),
        ],
    )


class HandOverForm(Form):
    """To whom the actions of a person go; which ones is told by the boxes that were ticked."""

    to = SelectField(_l("Who takes them over"), [InputRequired(_l("Choose who takes them over."))])
