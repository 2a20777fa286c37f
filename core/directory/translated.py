"""The names of organisations as translated content: one is the original, the others are translated from it."""

from collections.abc import Iterable, Mapping

from flask import url_for
from sqlalchemy import select

from core.cities.services import calendar_changed
from core.content.services import OriginalText, keep_new_texts, keep_texts, texts_of
from core.database import db
from core.directory.services import KIND, PLUGIN, index_names, name_of, ref_of
from core.i18n import pgettext
from core.identity.models import Organisation
from core.permissions import Permission
from core.tenancy import current_city, current_city_id
from core.values import Link, Ref, TextField, Translatable, Viewer

LONGEST_NAME = 200


def keep_names(organisation: Organisation, viewer: Viewer | None) -> None:
    """Tell core's translated content what the organisation is called now, in all languages.

    The original is in the language it was in before, as long as there is a name in it; else in the first of the
    city's languages that has one.
    """
    names = {code: {"name": text} for code, text in organisation.names.items() if text}
    if not names:
        return
    ref = ref_of(organisation)
    before = next((row.language for row in texts_of(ref).values() if row.original), "")
    language = before if before in names else first_language(names)
    wanted = dict(organisation.names)
    keep_texts(ref, language, names, viewer, shared=True)
    if organisation.names != wanted:
        # A translation that becomes the original is told of as gone; the name is what was written.
        organisation.names = wanted
        index_names(organisation)


def keep_new_names(organisations: Iterable[Organisation], viewer: Viewer | None) -> None:
    """As :func:`keep_names`, for many new organisations at once."""
    originals, translations = [], {}
    for one in organisations:
        names = {code: {"name": text} for code, text in one.names.items() if text}
        language = first_language(names)
        originals.append(OriginalText(ref_of(one), language, names.pop(language), shared=True))
        translations[ref_of(one)] = names
    keep_new_texts(originals, translations, viewer)


def first_language(names: Mapping[str, object]) -> str:
    """The first of the city's languages in which there is a name, else any."""
    return next((code for code in current_city().languages if code in names), next(iter(names)))


class Organisations:
    """Answers for the names of organisations, as a plugin does by its hooks."""

    def describe(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
        """Names and pages, for those who may see the directory."""
        return {
            ref: Link(
                name_of(one.names, viewer.locale),
                url_for("directory.organisation", organisation_id=one.id),
            )
            for ref, one in _seen(refs, viewer).items()
        }

    def translatable(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
        """The name. Who speaks for an organisation knows what it is called; else whoever keeps the directory."""
        fields = (TextField("name", pgettext("organisation", "Name"), LONGEST_NAME),)
        found = {}
        for ref, one in _seen(refs, viewer).items():
            may = viewer.may(Permission.MANAGE_ORGANISATIONS) or one.id == viewer.organisation_id
            found[ref] = Translatable(fields, may, may)
        return found

    def text_translated(
        self, ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
    ) -> None:
        """Keep the name where lists and searches read it."""
        organisation = db.session.get(Organisation, (current_city_id(), ref.id))
        name = texts.get("name", "")
        if organisation is None or organisation.names.get(language, "") == name:
            return
        names = {code: text for code, text in organisation.names.items() if code != language}
        organisation.names = {**names, language: name} if name else names
        index_names(organisation)
        organisation.version += 1
        calendar_changed()


def _seen(refs: Iterable[Ref], viewer: Viewer) -> dict[Ref, Organisation]:
    wanted = {ref.id: ref for ref in refs if (ref.plugin, ref.kind) == (PLUGIN, KIND)}
    if not wanted or not viewer.may(Permission.SEE_DIRECTORY):
        return {}
    rows = db.session.scalars(select(Organisation).where(Organisation.id.in_(wanted)))
    return {wanted[one.id]: one for one in rows}
