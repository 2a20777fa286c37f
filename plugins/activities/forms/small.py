"""The small forms beside the one of an activity."""

from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import Optional

from core.api import (
    ChoiceField,
    FilesField,
    Form,
    NumberField,
    longest,
    needed,
    refuse,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.activities.services.texts import LONGEST_TEXT


class ReportForm(Form):
    """How an activity went, in as few words as will do."""

    version = HiddenField()
    participants = NumberField(
        _l("How many people came?"),
        [Optional()],
        description=_l("Each person counted once."),
    )
    estimated = BooleanField(_l("The number is an estimate"))
    result = TextAreaField(
        _lp("activity", "Result"),
        [Optional(), longest(LONGEST_TEXT)],
        description=_l("Two sentences are enough. No names of participants."),
    )
    worked = TextAreaField(_l("What worked"), [Optional(), longest(LONGEST_TEXT)])

    def says_enough(self) -> bool:
        """Refuse a report that says neither how many came nor what came of it."""
        if self.participants.data is None and not self.result.data:
            return refuse(
                self.result, _("Say how many people came, or in a sentence what came of it.")
            )
        return True


class AttachmentForm(Form):
    """Files to add to a record."""

    files = FilesField(_l("Attachments"))


class ImportForm(Form):
    """A calendar file, and for whom it is imported."""

    file = FilesField(_l("Calendar file"))
    organisation_id = ChoiceField(
        _l("Lead organisation"), [needed(_l("Choose the lead organisation."))], choices=[]
    )
    language = ChoiceField(_l("Language of the calendar"), choices=[])
