"""Title and description of an activity in another language."""

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    CONTENT_LANGUAGES,
    current_city,
    db,
    language_name,
    requires,
    see_other,
    viewer,
)
from core.api import gettext as _
from plugins.activities.forms import (
    TranslationForm,
)
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.records import (
    translate_activity,
)
from plugins.activities.views.common import bp, found_activity


@bp.get("/<string(length=16):activity_id>/translate")
@requires(Permission.LOG)
def translate(activity_id: str) -> str:
    """The form for title and description in another language, beside the original."""
    activity = found_activity(activity_id, for_change=False)
    wanted = request.args.get("language", "") or viewer().locale
    told = (activity.translations or {}).get(wanted, {})
    form = TranslationForm(
        data={
            "language": wanted,
            "title": told.get("title"),
            "description": told.get("description"),
        }
    )
    return _translation_page(form, activity)


@bp.post("/<string(length=16):activity_id>/translate")
@requires(Permission.LOG)
def save_translation(activity_id: str) -> AnyResponse | tuple[str, int]:
    """Keep the translation."""
    activity = found_activity(activity_id)
    form = TranslationForm(request.form)
    _offer_languages(form, activity)
    if not form.validate():
        return _translation_page(form, activity), 422
    translate_activity(
        activity,
        str(form.language.data),
        " ".join((form.title.data or "").split()),
        form.description.data or "",
        viewer(),
    )
    db.session.commit()
    flash(_("The translation is saved."), "done")
    return see_other(url_for(".detail", activity_id=activity_id))


def _offer_languages(form: TranslationForm, activity: Activity) -> None:
    languages = dict.fromkeys([*current_city().languages, *CONTENT_LANGUAGES])
    form.language.choices = [
        (code, language_name(code)) for code in languages if code != activity.language
    ]


def _translation_page(form: TranslationForm, activity: Activity) -> str:
    _offer_languages(form, activity)
    return render_template("activities/translate.html", form=form, activity=activity)
