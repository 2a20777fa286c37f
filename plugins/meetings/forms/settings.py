"""What a city decides about its meetings."""

from core.api import ChoiceField, Form
from core.api import lazy_gettext as _l


class SettingsForm(Form):
    """The rule for minutes in several languages."""

    language_rule = ChoiceField(
        _l("When minutes are not complete in every official language"),
        choices=[
            ("warn", _l("Warn, and let them be approved")),
            ("refuse", _l("Refuse to approve them")),
        ],
        default="warn",
        description=_l("Where the law asks for every official language, choose to refuse."),
    )
