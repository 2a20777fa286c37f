"""What people type on the pages of the calendar."""

from wtforms import HiddenField, StringField
from wtforms.validators import Length, Optional

from core.forms import Form, OnceField
from core.i18n import lazy_gettext as _l


class FeedForm(Form):
    """A new secret address, of what the calendar is narrowed to."""

    once = OnceField()
    # What the calendar was narrowed to when the form was opened.
    kind = HiddenField()
    organisation = HiddenField()
    level = HiddenField()
    name = StringField(
        _l("What it is for"),
        [Optional(), Length(max=80)],
        description=_l("For example: my phone. It helps you end the right one later."),
    )
