"""What people type to invite others, and to answer."""

from collections.abc import Sequence

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Length, Optional, ValidationError

from core.directory.forms import named
from core.forms import Form
from core.i18n import LANGUAGES
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp
from core.identity.forms import checked_address


class InviteForm(Form):
    """Whom to invite: everybody, organisations with all their members, single members, or one guest by name and
    address.
    """

    everybody = BooleanField(_l("Everybody in the network"))
    organisations = SelectMultipleField(_l("Organisations, with all their members"), [Optional()])
    members = SelectMultipleField(_l("Single members"), [Optional()])
    # Not marked Optional, which would pass over the questions below where nothing was typed.
    guest_name = StringField(_lp("guest", "Name"), [Length(max=120)])
    guest_email = EmailField(_l("E-mail address"), [Length(max=254)])
    guest_language = SelectField(_l("Language of the mail"), [Optional()])

    def offer(
        self,
        organisations: Sequence[tuple[str, str]],
        members: Sequence[tuple[str, str]],
        language: str,
    ) -> None:
        """Say who can be chosen, and in which language a guest is written to unless another is chosen."""
        self.organisations.choices = list(organisations)
        self.members.choices = list(members)
        self.guest_language.choices = [(code, named(code)) for code in LANGUAGES]
        if not self.guest_language.data:
            self.guest_language.data = language

    def validate_guest_name(self, field: StringField) -> None:
        """A guest is called something."""
        if self.guest_email.data and not field.data:
            raise ValidationError(_("Say also what the guest is called."))

    def validate_guest_email(self, field: EmailField) -> None:
        """A guest is invited by mail."""
        if not field.data:
            if self.guest_name.data:
                raise ValidationError(_("A guest is invited by mail: enter the address."))
            if not (self.everybody.data or self.organisations.data or self.members.data):
                raise ValidationError(_("Choose whom to invite, or enter a guest’s address."))
            return
        try:
            field.data = checked_address(field.data)
        except ValueError:
            raise ValidationError(
                _("This is not an e-mail address. It looks like name@example.org.")
            ) from None


class AnswerForm(Form):
    """An answer, and the time for which the page asked it."""

    answer = HiddenField()
    seen = HiddenField()
