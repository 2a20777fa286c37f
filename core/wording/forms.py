"""What people type about a word that looks wrong."""

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from core.forms import Form, OnceField
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.wording.services import DECISIONS

LONGEST = 500


class ReportForm(Form):
    """A text that reads wrong, and what should stand in its place."""

    once = OnceField()
    page = HiddenField()
    words = TextAreaField(
        _l("What stands there now"),
        [DataRequired(_l("Enter the words as you see them on the page.")), Length(max=LONGEST)],
        description=_l("As you see it on the page. A part of it is enough."),
    )
    suggestion = TextAreaField(
        _l("What should stand there"),
        [DataRequired(_l("Enter what should stand there.")), Length(max=LONGEST)],
    )
    reason = StringField(_l("Why"), [Optional(), Length(max=LONGEST)])
    choice = RadioField(_l("Is it one of these?"), [Optional()], validate_choice=False)

    def validate_suggestion(self, field: TextAreaField) -> None:
        """A suggestion changes something."""
        if field.data and field.data == self.words.data:
            raise ValidationError(_("This is what stands there already. Enter what should."))


class SettleForm(Form):
    """What becomes of a report."""

    version = HiddenField()
    decision = RadioField(
        _l("What becomes of it"),
        [DataRequired(_l("Choose what becomes of it."))],
        choices=list(DECISIONS.items()),
    )
    answer = TextAreaField(
        _l("A word to those who reported it"),
        [Optional(), Length(max=LONGEST)],
    )

    def validate_decision(self, field: RadioField) -> None:
        """Whoever is told no is told why."""
        if field.data == "declined" and not self.answer.data:
            self.answer.errors = [_("Say in a word why it is declined.")]
            raise ValidationError(_("To decline, say why."))
