"""The form on which members say how they want to be told."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, SelectField

from core.forms import Form
from core.i18n import lazy_pgettext as _lp
from core.notifications.choices import Wish
from core.notifications.kinds import AT_ONCE, DAILY, NEVER, WEEKLY, NotificationKind

MAIL_TITLES: Mapping[str, str] = {
    AT_ONCE: _lp("mails", "At once"),
    DAILY: _lp("mails", "Every day"),
    WEEKLY: _lp("mails", "Every week"),
    NEVER: _lp("mails", "Never"),
}


def _name(kind: NotificationKind) -> str:
    return kind.name.replace(".", "-")


class ChoicesForm(Form):
    """Two fields for each kind; made by :func:`choices_form`."""

    kinds: Sequence[NotificationKind] = ()

    def lines(self) -> list[tuple[NotificationKind, Any, Any]]:
        """Each kind with its field for the page and its field for mails."""
        return [
            (kind, self[f"page-{_name(kind)}"], self[f"mail-{_name(kind)}"]) for kind in self.kinds
        ]

    def wishes(self) -> dict[str, Wish]:
        """What was chosen, by kind."""
        return {
            kind.name: Wish(bool(page.data), str(mail.data)) for kind, page, mail in self.lines()
        }


def choices_form(
    kinds: Sequence[NotificationKind], wishes: Mapping[str, Wish], formdata: Any = None
) -> ChoicesForm:
    """The form for ``kinds``, filled with ``wishes`` or with what was sent."""
    fields: dict[str, Any] = {"kinds": tuple(kinds)}
    values: dict[str, Any] = {}
    for kind in kinds:
        page, mail = f"page-{_name(kind)}", f"mail-{_name(kind)}"
        wish = wishes[kind.name]
        fields[page] = BooleanField(str(kind.title))
        fields[mail] = SelectField(
            str(kind.title), choices=[(code, MAIL_TITLES[code]) for code in kind.offered]
        )
        # What a digest would bring too late comes at once, also where a later version of a plugin says so.
        values[page] = wish.in_page
        values[mail] = wish.mail if wish.mail in kind.offered else AT_ONCE
    made: type[ChoicesForm] = type("ChoicesForm", (ChoicesForm,), fields)
    return made(formdata, data=values)
