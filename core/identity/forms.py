"""What people type to come in, and on the pages of their own account."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import EmailField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from core.cities.lists import zones
from core.forms import Form
from core.i18n import LANGUAGES
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp
from core.identity.passwords import LONGEST, objections


def normal_address(address: str | None) -> str:
    """An address as it is stored and looked for: trimmed and small. Never raises."""
    return (address or "").strip().casefold()[:254]


def checked_address(address: str) -> str:
    """``address`` in its stored form. Raises ``ValueError`` when no mail could reach it."""
    try:
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as fault:
        raise ValueError(str(fault)) from fault
    normal = normal_address(found.normalized)
    if len(found.normalized) > 254:
        raise ValueError("too long")
    return normal


class _NewPasswordMixin:
    """Checks a new password against the name and address given with :meth:`about`."""

    facts: tuple[str, ...] = ()

    def about(self, *facts: str) -> None:
        self.facts = facts

    def validate_password(self, field: PasswordField) -> None:
        for sentence in objections(field.data or "", *self.facts):
            raise ValidationError(sentence)


class SignInForm(Form):
    """Address and password."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter your e-mail address.")), Length(max=254)],
    )
    password = PasswordField(
        _l("Password"), [InputRequired(_l("Enter your password.")), Length(max=4 * LONGEST)]
    )
    next = HiddenField()


class PasskeyForm(Form):
    """What the browser answers for a passkey."""

    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])
    next = HiddenField()


class CodeForm(Form):
    """A code from an app."""

    code = StringField(
        _l("Code from the app"),
        [InputRequired(_l("Enter the six digits that the app shows.")), Length(max=20)],
    )
    next = HiddenField()


class RecoveryCodeForm(Form):
    """One of the recovery codes."""

    code = StringField(
        _l("Recovery code"),
        [InputRequired(_l("Enter one of your recovery codes.")), Length(max=60)],
    )
    next = HiddenField()


class ForgottenForm(Form):
    """The address to which a link for a new password goes."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter your e-mail address.")), Length(max=254)],
    )


class NewPasswordForm(_NewPasswordMixin, Form):
    """A new password."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password."))])


class ChangePasswordForm(_NewPasswordMixin, Form):
    """The present password, and a new one."""

    present = PasswordField(
        _l("Present password"),
        [InputRequired(_l("Enter your present password.")), Length(max=4 * LONGEST)],
    )
    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password."))])


class InvitationForm(_NewPasswordMixin, Form):
    """How somebody invited will be called, and their password."""

    name = StringField(
        _l("Your name"),
        [InputRequired(_l("Enter the name that others will see.")), Length(max=120)],
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password."))])


class InvitationPasskeyForm(Form):
    """How somebody invited will be called, and their passkey."""

    name = StringField(
        _l("Your name"),
        [InputRequired(_l("Enter the name that others will see.")), Length(max=120)],
    )
    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])


class VerifyForm(Form):
    """The password once more, before something that matters."""

    password = PasswordField(
        _l("Password"), [InputRequired(_l("Enter your password.")), Length(max=4 * LONGEST)]
    )
    next = HiddenField()


class AddressForm(Form):
    """A new address."""

    email = EmailField(
        _l("New e-mail address"),
        [InputRequired(_l("Enter the new address.")), Length(max=254)],
    )

    def validate_email(self, field: EmailField) -> None:
        """Refuse what no mail could reach."""
        try:
            field.data = checked_address(field.data or "")
        except ValueError as fault:
            raise ValidationError(
                _("This is not an address that mail can reach. Check it for typing mistakes.")
            ) from fault


class AccountForm(Form):
    """How one is called, and how the pages speak and look."""

    name = StringField(
        _l("Your name"),
        [InputRequired(_l("Enter the name that others will see.")), Length(max=120)],
    )
    language = SelectField(_l("Language"))
    zone = SelectField(_l("Time zone"), default="")
    theme = RadioField(
        _l("Appearance"),
        choices=[
            ("auto", _lp("appearance", "As the device")),
            ("light", _lp("appearance", "Light")),
            ("dark", _lp("appearance", "Dark")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = [
            ("", _("As the browser says")),
            *((code, language.name_in_itself) for code, language in LANGUAGES.items()),
        ]
        self.zone.choices = [
            ("", _("As the city")),
            *((zone, zone.replace("_", " ")) for zone in zones()),
        ]


class PasskeyNameForm(Form):
    """What a new passkey is called, and what the browser made."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Give it a name by which you will know it.")), Length(max=64)],
    )
    credential = HiddenField(
        validators=[
            InputRequired(_l("The browser made no passkey. Try again.")),
            Length(max=40_000),
        ]
    )
