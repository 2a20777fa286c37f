"""Organisations from a spreadsheet."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from core.database import db
from core.directory.lists import LEVELS, SECTORS, SERVICES
from core.directory.services import write_organisation
from core.directory.translated import keep_names, keep_new_names
from core.i18n import gettext as _
from core.i18n import language_name, upper_first
from core.i18n import lazy_gettext as _l
from core.identity.models import Organisation
from core.importing import words
from core.importing.planning import chunks, write_all
from core.importing.tables import (
    REFERENCE,
    Cell,
    Change,
    ImportField,
    Problem,
    Row,
    Stored,
    TableImport,
    Values,
)
from core.importing.words import fold
from core.permissions import Permission
from core.tenancy import current_city
from core.values import Viewer

_NAME = "name_"
_PLAIN = (
    "sector", "levels", "services", "languages", "about", "contact_name", "contact_email",
    "contact_phone", "website",
)  # fmt: skip
_DAYS = ("agreement_from", "agreement_until")


def _name_title(code: str, several: bool) -> object:
    if not several:
        return _l("Name")
    return LazyName(code)


class LazyName:
    """“Name in Macedonian”, in the language of whoever reads it."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __str__(self) -> str:
        return _("Name in %(language)s", language=language_name(self.code))


class LazyLanguage:
    """The name of a language, in the language of whoever reads it."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __str__(self) -> str:
        return upper_first(language_name(self.code))


def fields(_viewer: Viewer) -> Sequence[ImportField]:
    """What a column can be."""
    codes = tuple(dict.fromkeys(current_city().languages)) or (current_city().default_language,)
    names = [
        ImportField(
            f"{_NAME}{code}",
            _name_title(code, len(codes) > 1),
            words=words.NAME_WORDS,
            language=code,
        )
        for code in codes
    ]
    return (
        *names,
        ImportField(
            "sector", _l("Sector"), Cell.ONE_OF, words=words.SECTOR_WORDS, choices=SECTORS,
            choice_words=words.SECTOR_CHOICE_WORDS, fallback=True, default="other",
        ),
        ImportField(
            "contact_name", _l("Whom to ask for"), longest=120, words=words.PERSON_WORDS
        ),
        ImportField(
            "contact_phone", _l("Telephone"), Cell.PHONE, longest=40, words=words.PHONE_WORDS
        ),
        ImportField(
            "contact_email", _l("E-mail address"), Cell.EMAIL, longest=254,
            words=words.EMAIL_WORDS,
        ),
        ImportField(
            "website", _l("Website"), Cell.WEBSITE, longest=300, words=words.WEBSITE_WORDS
        ),
        ImportField(
            "about", _l("What it does"), Cell.TEXT, longest=2000, words=words.ABOUT_WORDS
        ),
        ImportField(
            "levels", _l("Levels of prevention"), Cell.SOME_OF, words=words.LEVEL_WORDS,
            choices=LEVELS,
        ),
        ImportField(
            "services", _l("What it can offer"), Cell.SOME_OF, words=words.SERVICE_WORDS,
            choices=SERVICES,
        ),
        ImportField(
            "languages", _l("Languages it works in"), Cell.SOME_OF, words=words.LANGUAGE_WORDS,
            choices={code: LazyLanguage(code) for code in codes},
            choice_words=words.language_words(codes),
        ),
        ImportField(
            "agreement_from", _l("Agreement from"), Cell.DAY, words=words.FROM_WORDS
        ),
        ImportField(
            "agreement_until", _l("Agreement until"), Cell.DAY, words=words.UNTIL_WORDS
        ),
        ImportField(REFERENCE, _l("Reference in your list"), words=words.REFERENCE_WORDS),
    )  # fmt: skip


def _names(values: Values) -> dict[str, str]:
    return {
        name.removeprefix(_NAME): str(value)
        for name, value in values.items()
        if name.startswith(_NAME) and value
    }


def called(values: Values) -> str:
    """The name by which the preview shows a row."""
    from core.directory.services import name_of

    return name_of(_names(values), "")


def same(values: Values) -> str:
    """Rows with the same first name mean the same organisation."""
    return fold(called(values))


def _stored(one: Organisation) -> Stored:
    values: dict[str, Any] = {name: getattr(one, name) for name in _PLAIN}
    for name in ("levels", "services", "languages"):
        values[name] = sorted(values[name])
    values |= {f"{_NAME}{code}": text for code, text in one.names.items()}
    for name in _DAYS:
        day = getattr(one, name)
        values[name] = day.isoformat() if day else ""
    return Stored(one.id, values)


def find(rows: Sequence[Row], _viewer: Viewer) -> Sequence[Stored | None]:
    """The organisation of the row's reference, else the one of that name in any language."""
    everybody = list(db.session.scalars(select(Organisation)).all())
    by_id = {one.id: one for one in everybody}
    by_name: dict[str, list[Organisation]] = {}
    for one in everybody:
        # What was the same as another is that other one.
        meant_by = by_id[one.id] = by_id.get(one.merged_into or "", one)
        for name in {fold(text) for text in one.names.values()}:
            by_name.setdefault(name, []).append(meant_by)
    found: list[Stored | None] = []
    for row in rows:
        if row.record_id in by_id:
            found.append(_stored(by_id[row.record_id or ""]))
            continue
        meant = {
            one.id: one
            for name in _names(row.values).values()
            for one in by_name.get(fold(name), ())
        }
        # One that has left does not stand in the way of one that takes part.
        active = [one for one in meant.values() if one.active] or list(meant.values())
        if len(active) > 1:
            found.append(Stored(problem=Problem("two_organisations")))
        else:
            found.append(_stored(active[0]) if active else None)
    return found


def check(values: Values, _found: Stored | None, _viewer: Viewer) -> Iterable[Problem]:
    """A name there must be, and an agreement ends after it began."""
    if not _names(values):
        yield Problem("nameless")
    start, end = values.get("agreement_from") or "", values.get("agreement_until") or ""
    if start and end and end < start:
        yield Problem("ends_first", "agreement_until")


def write(changes: Sequence[Change], viewer: Viewer) -> None:
    """Write new organisations and changed ones, each kind in few statements."""
    stored: dict[str, Organisation] = {}
    for chunk in chunks([change.id for change in changes if not change.new]):
        stored |= {
            one.id: one
            for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(chunk)))
        }
    new: list[Organisation] = []
    renamed: list[Organisation] = []
    for change in changes:
        one = Organisation(id=change.id) if change.new else stored[change.id]
        facts: dict[str, Any] = {
            name: value for name, value in change.values.items() if name in _PLAIN
        }
        facts |= {
            name: date.fromisoformat(change.values[name])
            for name in _DAYS
            if change.values.get(name)
        }
        facts["names"] = {**(one.names or {}), **_names(change.values)}
        write_organisation(one, facts)
        if change.new:
            db.session.add(one)
            new.append(one)
        else:
            if _names(change.values):
                renamed.append(one)
            write_all(
                one,
                version=one.version + 1,
                **{name: getattr(one, name) for name in (*_PLAIN, *_DAYS, *_WORKED_OUT)},
            )
    db.session.flush()
    keep_new_names(new, viewer)
    for one in renamed:
        keep_names(one, viewer)


_WORKED_OUT = ("names", "sort_key", "search_text")

ORGANISATIONS = TableImport(
    name="organisations",
    title=_l("Import organisations"),
    permission=Permission.MANAGE_ORGANISATIONS,
    list_endpoint="directory.organisations",
    list_title=_l("Organisations"),
    recognised=_l(
        "A row means the organisation that an earlier import gave the same reference, else the one of the same name in "
        "any language. Rows of nobody known are new."
    ),
    fields=fields,
    called=called,
    same=same,
    find=find,
    check=check,
    write=write,
    sentences={
        "nameless": _l("The row has no name."),
        "two_organisations": _l(
            "Two organisations are called so. Merge them in the directory, or give the row a reference."
        ),
    },
)
