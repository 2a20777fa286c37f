"""What people type on the pages of the directory."""

import re
from collections.abc import Iterable
from typing import Any

from wtforms import (
    DateField,
    EmailField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from core.directory.lists import LEVELS, SECTORS, SERVICES
from core.forms import Form, OnceField, VersionField
from core.i18n import LANGUAGES, current_language, language_name, upper_first
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.identity.forms import checked_address
from core.permissions import ROLE_TITLES, Role

_WEBSITE = re.compile(r"https?://[^\s/:?#@]+(:\d{1,5})?([/?#]\S*)?", re.I)


def named(code: str) -> str:
    """The name of a language at the head of a line."""
    return upper_first(language_name(code))


def check_address(_form: Form, field: EmailField) -> None:
    """Refuse an address that no mail could reach."""
    try:
        field.data = checked_address(field.data or "")
    except ValueError:
        raise ValidationError(
            _("This is not an e-mail address. It looks like name@example.org.")
        ) from None


def _website(text: str | None) -> str | None:
    return f"https://{text}" if text and "://" not in text and "." in text else text


class OrganisationForm(Form):
    """The facts about an organisation; made by :func:`organisation_form`, which adds its names."""

    once = OnceField()
    version = VersionField()
    sector = SelectField(_l("Sector"), [DataRequired(_l("Choose a sector."))])
    levels = SelectMultipleField(
        _l("Levels of prevention"),
        description=_l(
            "Primary is for everybody, secondary for those who could be drawn in, tertiary for those already involved."
        ),
    )
    services = SelectMultipleField(_l("What it can offer"))
    languages = SelectMultipleField(_l("Languages it works in"))
    about = TextAreaField(
        _l("What it does"),
        [Optional(), Length(max=2000)],
        description=_l("Two sentences are enough."),
    )
    contact_name = StringField(_l("Whom to ask for"), [Optional(), Length(max=120)])
    contact_phone = TelField(_l("Telephone"), [Optional(), Length(max=40)])
    contact_email = EmailField(_l("E-mail address"), [Optional(), Length(max=254), check_address])
    website = URLField(_l("Website"), [Optional(), Length(max=300)], filters=[_website])
    agreement_from = DateField(_l("Agreement from"), [Optional()])
    agreement_until = DateField(_l("Agreement until"), [Optional()])

    name_fields: tuple[str, ...] = ()

    def validate_website(self, field: URLField) -> None:
        """A link on the page must lead to a website and nowhere else."""
        if not _WEBSITE.fullmatch(field.data or ""):
            raise ValidationError(
                _("This is not the address of a website. It looks like https://example.org.")
            )

    def validate_agreement_until(self, field: DateField) -> None:
        """An agreement ends after it began."""
        _in_order(self.agreement_from.data, field)

    def facts(self) -> dict[str, Any]:
        """What the services take."""
        names = {name.removeprefix("name-"): self[name].data or "" for name in self.name_fields}
        return {
            "names": names,
            "sector": self.sector.data,
            "levels": self.levels.data or [],
            "services": self.services.data or [],
            "languages": self.languages.data or [],
            "about": self.about.data or "",
            "contact_name": self.contact_name.data or "",
            "contact_phone": self.contact_phone.data or "",
            "contact_email": self.contact_email.data or "",
            "website": self.website.data or "",
            "agreement_from": self.agreement_from.data,
            "agreement_until": self.agreement_until.data,
        }


def organisation_form(
    formdata: Any, languages: Iterable[str], stored: Any = None
) -> OrganisationForm:
    """The form with one name for each of the city's ``languages``, the first of them required.

    ``stored`` is the organisation to change. Names in languages that the city has given up are kept as they are.
    """
    codes = list(dict.fromkeys(languages)) or [current_language()]
    former = [code for code in (stored.names if stored else {}) if code not in codes]
    body: dict[str, Any] = {}
    for number, code in enumerate([*codes, *former]):
        label = (
            _("Name")
            if len(codes) == 1
            else _("Name in %(language)s", language=language_name(code))
        )
        rules = [DataRequired(_("Enter the name."))] if number == 0 else [Optional()]
        body[f"name-{code}"] = StringField(label, [*rules, Length(max=200)])
    made = type("NamedOrganisationForm", (OrganisationForm,), body)
    values = (
        {f"name-{code}": stored.names.get(code, "") for code in [*codes, *former]} if stored else {}
    )
    form: OrganisationForm = made(formdata, obj=stored, data=values)
    form.name_fields = tuple(body)
    # The names stand first on the page, and so they do in the summary of errors.
    names = {name: form._fields[name] for name in body}
    form._fields = {**names, **form._fields}
    form.sector.choices = [
        ("", _("Choose …")),
        *((code, str(title)) for code, title in SECTORS.items()),
    ]
    form.levels.choices = [(code, str(title)) for code, title in LEVELS.items()]
    form.services.choices = [(code, str(title)) for code, title in SERVICES.items()]
    spoken = dict.fromkeys([*codes, *(stored.languages if stored else ())])
    form.languages.choices = [(code, named(code)) for code in spoken]
    return form


def _in_order(start: Any, field: DateField) -> None:
    if start and field.data and field.data < start:
        raise ValidationError(_("The last day lies before the first."))


class PersonForm(Form):
    """Somebody's place in the network."""

    version = VersionField()
    shown_name = StringField(
        _l("Name"),
        [DataRequired(_l("Enter the name.")), Length(max=120)],
        description=_l("As the network knows the person."),
    )
    organisation_id = SelectField(_l("Organisation"), [Optional()])
    position = StringField(_l("Position"), [Optional(), Length(max=120)])
    phone = TelField(_l("Telephone"), [Optional(), Length(max=40)])
    since = DateField(_l("Member from"), [Optional()])
    until = DateField(_l("Member until"), [Optional()])

    def validate_until(self, field: DateField) -> None:
        """A membership ends after it began."""
        _in_order(self.since.data, field)

    def facts(self) -> dict[str, Any]:
        """What the services take."""
        return {
            "shown_name": self.shown_name.data,
            "organisation_id": self.organisation_id.data or None,
            "position": self.position.data or "",
            "phone": self.phone.data or "",
            "since": self.since.data,
            "until": self.until.data,
        }


class NewPersonForm(PersonForm):
    """The same for somebody new, with roles and, if there is an address, an invitation."""

    once = OnceField()
    email = EmailField(
        _l("E-mail address"),
        [Optional(), Length(max=254), check_address],
        description=_l("An invitation goes there. People without e-mail can be members too."),
    )
    language = SelectField(_l("Language of the invitation"))
    roles = SelectMultipleField(_l("Roles"))


class RolesForm(Form):
    """The roles of one membership."""

    version = VersionField()
    roles = SelectMultipleField(_l("Roles"))


class InvitationForm(Form):
    """Where an invitation goes, and in which language."""

    email = EmailField(
        _l("E-mail address"),
        [DataRequired(_l("Enter the e-mail address.")), Length(max=254), check_address],
    )
    language = SelectField(_l("Language of the invitation"))


def role_choices(roles: Iterable[Role] = Role) -> list[tuple[str, str]]:
    """Roles with their titles, in their order."""
    wanted = set(roles)
    return [(role.value, str(ROLE_TITLES[role])) for role in Role if role in wanted]


def language_choices() -> list[tuple[str, str]]:
    """The languages of the interface, each by its own name."""
    return [(item.code, upper_first(item.name_in_itself, item.code)) for item in LANGUAGES.values()]
