"""What every form of the house has in common: clean text, the reader's language, one record however often sent."""

import re
import unicodedata
from typing import Any

from wtforms import Form as WTForm
from wtforms import HiddenField
from wtforms.fields.core import UnboundField

from core.database import new_id
from core.i18n import wtforms_translations

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_IDENTIFIER = re.compile(r"[a-z2-7]{16}")


def clean(text: str | None) -> str | None:
    """Text without control characters and lone surrogates, in one normal form, trimmed. None stays None."""
    if text is None:
        return None
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text).strip()


def valid_id(text: str | None) -> bool:
    """Whether ``text`` has the shape of an identifier of ours."""
    return bool(text) and bool(_IDENTIFIER.fullmatch(text or ""))


class Form(WTForm):
    """Base of all forms. Text is cleaned before it is checked, and messages are in the reader's language."""

    class Meta:
        """WTForms' own settings."""

        def get_translations(self, _form: WTForm) -> Any:
            """Our catalogue first, then WTForms' own."""
            return wtforms_translations()

        def bind_field(
            self, form: WTForm, unbound_field: "UnboundField[Any]", options: dict[str, Any]
        ) -> Any:
            """Add the cleaning to every field that takes text."""
            field_class = unbound_field.field_class
            if getattr(field_class, "takes_text", field_class.__name__ in _TEXT_FIELDS):
                filters = list(unbound_field.kwargs.get("filters", ()))
                if clean not in filters:
                    unbound_field.kwargs["filters"] = [clean, *filters]
            return unbound_field.bind(form=form, **options)


_TEXT_FIELDS = frozenset(
    {"StringField", "TextAreaField", "EmailField", "SearchField", "TelField", "URLField"}
)


class OnceField(HiddenField):
    """Carries the identifier of the record to be made: sending the form twice makes one record."""

    def _value(self) -> str:
        return self.data if self.data and valid_id(self.data) else new_id()


class VersionField(HiddenField):
    """Carries the version of the record that the form was filled from."""

    @property
    def number(self) -> int:
        """The version; whatever is no number counts as one that never was."""
        text = str(self.data or "")
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
