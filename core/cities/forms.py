"""What a city administrator types on the settings pages."""

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    ColorField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from core.cities import look
from core.cities.lists import ARMS, countries, zones
from core.cities.models import City
from core.forms import Form
from core.i18n import CONTENT_LANGUAGES, LANGUAGES, current_locale, language_name, upper_first
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_CODE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")
MOST_LANGUAGES = 12


def named(code: str) -> str:
    """The name of a language at the head of a line."""
    return upper_first(language_name(code))


class GeneralForm(Form):
    """Names, zone and country; made by :func:`general_form`."""

    zone = SelectField(_l("Time zone"), [DataRequired(_l("Choose a time zone."))])
    country = SelectField(
        _l("Country"),
        [Optional()],
        description=_l("For public holidays and the way dates are written."),
    )
    codes: tuple[str, ...] = ()

    def texts(self, prefix: str, stored: Mapping[str, str]) -> dict[str, str]:
        """The names by language: as typed, and where nothing was typed anew as they are ``stored`` now.

        Names are translated on pages of their own, also while this one is open.
        """
        texts = dict(stored)
        for code in self.codes:
            typed = self[f"{prefix}-{code}"].data or ""
            if typed != (self[f"was-{prefix}-{code}"].data or ""):
                texts[code] = typed
        return {code: text for code, text in texts.items() if text}


def general_form(formdata: Any, city: City) -> GeneralForm:
    """The form with a name of the city and of its network for each of its languages; the first is required."""
    codes = tuple(city.languages) or (city.default_language,)
    body: dict[str, Any] = {}
    values: dict[str, str] = {}
    for number, code in enumerate(codes):
        rules = [DataRequired(_("Enter the city’s name."))] if number == 0 else [Optional()]
        language = language_name(code)
        body[f"name-{code}"] = StringField(
            _("Name of the city in %(language)s", language=language), [*rules, Length(max=80)]
        )
        body[f"body-{code}"] = StringField(
            _("Name of the network in %(language)s", language=language),
            [Optional(), Length(max=80)],
        )
        for prefix, held in (("name", city.names), ("body", city.body_names)):
            # What the page showed, so that it is known afterwards what was typed.
            body[f"was-{prefix}-{code}"] = HiddenField()
            values[f"{prefix}-{code}"] = values[f"was-{prefix}-{code}"] = held.get(code, "")
    made = type("NamedGeneralForm", (GeneralForm,), body)
    form: GeneralForm = made(formdata, data={**values, "zone": city.zone, "country": city.country})
    form.codes = codes
    known = zones()
    form.zone.choices = [(zone, zone.replace("_", " ")) for zone in known]
    if city.zone not in known:
        form.zone.choices.insert(0, (city.zone, city.zone))
    form.country.choices = [("", _("Not said")), *countries(current_locale())]
    names = {name: form._fields[name] for name in body}
    form._fields = {**names, **form._fields}
    return form


class LanguagesForm(Form):
    """The languages in which a city works and writes."""

    official = SelectMultipleField(
        _l("Official languages"),
        description=_l("Names and decisions are expected in each of them."),
    )
    working = SelectMultipleField(
        _l("Further languages of the network"),
        description=_l("Spoken or written in it as well, such as Romani."),
    )
    others = StringField(
        _l("Languages that are not in the list"),
        [Optional(), Length(max=60)],
        description=_l("Their codes (BCP 47), separated by commas: rmn, cnr."),
    )
    default = SelectField(
        _l("Language for newcomers"),
        description=_l("Pages are shown in it until a reader chooses another."),
    )

    def codes_of_others(self) -> list[str]:
        """The codes that were typed, as they are stored."""
        return [code for code in re.split(r"[\s,;،]+", (self.others.data or "").lower()) if code]

    def validate_others(self, field: StringField) -> None:
        """Codes have two or three letters, and perhaps a script or region."""
        for code in self.codes_of_others():
            if not _CODE.fullmatch(code):
                raise ValidationError(
                    _(
                        "“%(code)s” is not the code of a language. Codes look like rmn or ku-arab.",
                        code=code,
                    )
                )

    def validate_official(self, field: SelectMultipleField) -> None:
        """A city without a language could not even write its name."""
        if not field.data:
            raise ValidationError(_("Choose at least one official language."))

    def validate_working(self, field: SelectMultipleField) -> None:
        """Every name has a field for each language, so there cannot be any number of them."""
        chosen = {*(self.official.data or ()), *(field.data or ()), *self.codes_of_others()}
        if len(chosen) > MOST_LANGUAGES:
            raise ValidationError(_("Choose at most %(num)s languages in all.", num=MOST_LANGUAGES))

    def facts(self) -> dict[str, Any]:
        """What the services take."""
        official = list(self.official.data or ())
        further = [*(self.working.data or ()), *self.codes_of_others()]
        return {
            "official_languages": official,
            "working_languages": [code for code in dict.fromkeys(further) if code not in official],
            "default_language": self.default.data,
        }


def languages_form(formdata: Any, city: City) -> LanguagesForm:
    """The form filled with the languages of ``city``."""
    form = LanguagesForm(
        formdata,
        data={
            "official": city.official_languages,
            "working": city.working_languages,
            "default": city.default_language,
        },
    )
    # The city's own first, in its order, then the interface's, then what else is written in these places.
    codes = dict.fromkeys([*city.languages, *LANGUAGES, *CONTENT_LANGUAGES])
    form.official.choices = form.working.choices = [(code, named(code)) for code in codes]
    form.default.choices = [
        (language.code, upper_first(language.name_in_itself, language.code))
        for language in LANGUAGES.values()
    ]
    return form


class AppearanceForm(Form):
    """Accent and arms."""

    accent_light = ColorField(_l("Accent in the light theme"))
    accent_dark = ColorField(_l("Accent in the dark theme"))
    arms = RadioField(_l("Coat of arms"), choices=list(ARMS.items()))

    # The nearest colours that can be read, where those that were chosen cannot.
    offered: dict[str, str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {}

    def validate_accent_light(self, field: ColorField) -> None:
        """The accent must be read on white, on its own wash, and as a ground for text."""
        self._check(field, "#ffffff", look.LEAST_LIGHT)

    def validate_accent_dark(self, field: ColorField) -> None:
        """The same on the dark sheet."""
        self._check(field, look.DARK_SHEET, look.LEAST_DARK)

    def _check(self, field: ColorField, ground: str, least: float) -> None:
        colour = field.data = (field.data or "").strip().lower()
        if not _COLOUR.fullmatch(colour):
            raise ValidationError(
                _("Write the colour as # and six digits or letters a to f, such as #24545f.")
            )
        nearest = look.nearest_readable(colour, ground, least)
        if nearest != colour:
            self.offered[field.name] = nearest
            raise ValidationError(
                _(
                    "Text in this colour would be hard to read. The nearest that works is %(colour)s.",
                    colour=nearest,
                )
            )


def typed(settings: Mapping[str, Any]) -> MultiDict[str, str]:
    """Stored settings as somebody would type them: fields read dates and numbers from text."""
    found: MultiDict[str, str] = MultiDict()
    for name, value in settings.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None and item is not False:
                found.add(name, str(item))
    return found
