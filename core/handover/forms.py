"""What people type and choose in a handover."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from core.forms import Form, VersionField
from core.handover.passing import SUBSTITUTE, SUCCESSOR, Wish
from core.handover.services import Candidate
from core.i18n import CONTENT_LANGUAGES, language_name, upper_first
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l

LONGEST_NOTE = 10_000


class NoteForm(Form):
    """What no list says."""

    version = VersionField()
    text = TextAreaField(
        _l("What you should know"),
        [Optional(), Length(max=LONGEST_NOTE)],
        description=_l(
            "Whom to call first, what was promised, what never works. It is read by focal points alone. No names of "
            "people in cases."
        ),
    )
    language = SelectField(_l("Language of this text"))


def note_form(formdata: Any, languages: Sequence[str], **values: Any) -> NoteForm:
    """The form; the city's languages come first."""
    form = NoteForm(formdata, **values)
    codes = dict.fromkeys([*languages, *CONTENT_LANGUAGES])
    form.language.choices = [(code, upper_first(language_name(code))) for code in codes]
    return form


class PassForm(Form):
    """To whom, how, and what goes along."""

    successor = SelectField(_l("Who takes over"), [DataRequired(_l("Choose who takes over."))])
    way = RadioField(_l("How"), default=SUCCESSOR)
    actions = RadioField(_l("Open actions"), default="all")
    ends = BooleanField()

    def wish(self) -> Wish:
        """What is wanted."""
        substitute = self.way.data == SUBSTITUTE
        # Left out of the form for who may not move them.
        actions = "actions" in self and self["actions"].data == "all"
        return Wish(substitute, actions, bool(self.ends.data) and not substitute)


def pass_form(
    formdata: Any, candidates: Sequence[Candidate], *, own: bool, moves_actions: bool
) -> PassForm:
    """The form, in the words of who hands over, or of somebody who does it for them."""
    form = PassForm(formdata)
    form.successor.choices = [
        ("", _("Choose")),
        *(
            (one.id, f"{one.name} ({one.organisation})" if one.organisation else one.name)
            for one in candidates
        ),
    ]
    form.way.choices = [
        (SUCCESSOR, _("Successor: takes my place") if own else _("Successor: takes their place")),
        (
            SUBSTITUTE,
            _("Substitute: holds the role too, I keep mine")
            if own
            else _("Substitute: holds the role too, they keep theirs"),
        ),
    ]
    if moves_actions:
        form.actions.choices = [
            (
                "all",
                _("Hand over all that are mine") if own else _("Hand over all that are theirs"),
            ),
            ("keep", _("I keep them") if own else _("They keep them")),
        ]
    else:
        del form.actions
    form.ends.label.text = _("End my membership too") if own else _("End their membership too")
    form.ends.description = (
        _("Otherwise you stay a member. A substitute leaves your membership as it is.")
        if own
        else _("Otherwise they stay a member. A substitute leaves their membership as it is.")
    )
    return form
