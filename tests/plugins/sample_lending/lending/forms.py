"""What people type."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from core.api import Form, OnceField
from core.api import lazy_gettext as _l


class ThingForm(Form):
    """A thing to be lent."""

    once = OnceField()
    title = StringField(_l("What is lent"), [InputRequired(), Length(max=200)])
