"""The names of a city and of its network as translated content."""

from collections.abc import Iterable, Mapping

from flask import url_for

from core.cities.models import City
from core.cities.services import calendar_changed
from core.content.services import keep_texts, texts_of
from core.i18n import gettext as _
from core.permissions import Permission
from core.tenancy import current_city
from core.values import Link, Ref, TextField, Translatable, Viewer

PLUGIN, KIND = "cities", "city"
LONGEST_NAME = 80


def ref_of(city: City) -> Ref:
    """The name of a city in the records."""
    return Ref(PLUGIN, KIND, city.id)


def keep_names(city: City, viewer: Viewer | None) -> None:
    """Tell core's translated content what the city in force and its network are called now."""
    texts: dict[str, dict[str, str]] = {}
    for field, names in (("name", city.names), ("network", city.body_names)):
        for code, text in names.items():
            if text:
                texts.setdefault(code, {})[field] = text
    if not texts:
        return
    before = next((row.language for row in texts_of(ref_of(city)).values() if row.original), "")
    first = next((code for code in city.languages if code in texts), next(iter(texts)))
    language = before if before in texts else first
    wanted = dict(city.names), dict(city.body_names)
    keep_texts(ref_of(city), language, texts, viewer, shared=True)
    # A translation that becomes the original is told of as gone; the names are what was written.
    city.names, city.body_names = wanted


class Cities:
    """Answers for the names of the city in force, as a plugin does by its hooks."""

    def describe(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
        """The city, for every member."""
        city = current_city()
        return {
            ref: Link(
                city.name_in(viewer.locale),
                url_for("cities.settings")
                if viewer.may(Permission.MANAGE_CITY)
                else url_for("home.start"),
            )
            for ref in refs
            if ref == ref_of(city)
        }

    def translatable(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
        """The name of the city and that of its network."""
        fields = (
            TextField("name", _("Name of the city"), LONGEST_NAME),
            TextField("network", _("Name of the network"), LONGEST_NAME),
        )
        may = viewer.may(Permission.MANAGE_CITY) or viewer.may(Permission.APPROVE_TRANSLATIONS)
        return {
            ref: Translatable(fields, may, may) for ref in refs if ref == ref_of(current_city())
        }

    def text_translated(
        self, ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
    ) -> None:
        """Keep the names where every page reads them."""
        city = current_city()
        if ref != ref_of(city):
            return
        for column, field in (("names", "name"), ("body_names", "network")):
            names = {code: text for code, text in getattr(city, column).items() if code != language}
            if text := texts.get(field, ""):
                names[language] = text
            if names != getattr(city, column):
                setattr(city, column, names)
        calendar_changed()
