"""What translators type."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from core.forms import Form, OnceField, VersionField
from core.i18n import gettext as _
from core.i18n import language_name
from core.i18n import lazy_gettext as _l
from core.values import TextField

LONGEST_WORD = 120
LONGEST_NOTE = 500


class TranslationForm(Form):
    """The texts of a record in one language; made by :func:`translation_form`, which adds them."""

    version = VersionField()
    original_version = VersionField()
    alike = BooleanField(_l("Use it for the others as well"))
    names: tuple[str, ...] = ()

    def texts(self) -> dict[str, str]:
        """What was typed, by the name of the text."""
        return {name: self[f"text-{name}"].data or "" for name in self.names}


def translation_form(
    formdata: Any, fields: Iterable[TextField], values: dict[str, Any]
) -> TranslationForm:
    """The form for ``fields``, filled with ``values``: a version, the original's, and ``text-…`` for each text."""
    body: dict[str, Any] = {}
    for field in fields:
        rules = [Optional(), Length(max=field.longest)]
        body[f"text-{field.name}"] = (
            TextAreaField(field.label, rules)
            if field.multiline
            else StringField(field.label, rules, filters=[_one_line])
        )
    made = type("TextsForm", (TranslationForm,), body)
    form: TranslationForm = made(formdata, data=values)
    form.names = tuple(name.removeprefix("text-") for name in body)
    return form


def _one_line(text: str | None) -> str | None:
    return " ".join(text.split()) if text else text


class TermForm(Form):
    """A word of the glossary; made by :func:`term_form`, which adds a field for each language."""

    once = OnceField()
    version = VersionField()
    note = TextAreaField(
        _l("Note"),
        [Optional(), Length(max=LONGEST_NOTE)],
        description=_l("When to use it, and which word not to use."),
    )
    codes: tuple[str, ...] = ()

    def words(self) -> dict[str, str]:
        """What was typed, by language."""
        return {code: text for code in self.codes if (text := self[f"word-{code}"].data)}

    def validate_note(self, _field: TextAreaField) -> None:
        """A word without any word says nothing."""
        if self.codes and not self.words():
            raise ValidationError(_("Write the word in at least one language."))


def term_form(formdata: Any, codes: Iterable[str], stored: Any = None) -> TermForm:
    """The form with a word for each language of ``codes``; ``stored`` is the term to change."""
    kept = dict(stored.words) if stored is not None else {}
    codes = list(dict.fromkeys([*codes, *kept]))
    body = {
        f"word-{code}": StringField(
            _("In %(language)s", language=language_name(code)),
            [Optional(), Length(max=LONGEST_WORD)],
            filters=[_one_line],
        )
        for code in codes
    }
    made = type("WordsForm", (TermForm,), body)
    values = {f"word-{code}": text for code, text in kept.items()}
    form: TermForm = made(formdata, obj=stored, data=values)
    form.codes = tuple(codes)
    # The words stand first on the page, and so they do in the summary of errors.
    form._fields = {**{name: form._fields[name] for name in body}, **form._fields}
    return form
