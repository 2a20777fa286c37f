"""What an application needs to speak its readers' languages."""

from pathlib import Path
from typing import Any

import flask_babel
from babel.support import Translations
from flask import Flask, request
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.utils import cached_property

from core.i18n import formats, languages, reader, texts
from core.i18n.catalogues import check_folder
from core.i18n.reader import EXTENSION, LanguageSettings, current_reader, language_settings


class _Domain(flask_babel.Domain):
    """A domain of Flask-Babel whose catalogue follows our language, not the locale of dates."""

    def __init__(self, foreign: str = "") -> None:
        super().__init__()
        self.foreign = foreign

    def get_translations(self) -> Translations:
        return language_settings().catalogue(current_reader().language, self.foreign)


class _Babel(flask_babel.Babel):
    @cached_property
    def domain_instance(self) -> _Domain:
        return _Domain()


class WTFormsTranslations:
    """The words of WTForms' own messages: ours first, then its own, then English."""

    def gettext(self, string: str) -> str:
        return _wtforms_words().gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return _wtforms_words().ngettext(singular, plural, n)

    # Flask-WTF asks by these names.
    ugettext = gettext
    ungettext = ngettext


def _wtforms_words() -> Translations:
    return language_settings().catalogue(current_reader().language, "wtforms")


_WTFORMS = WTFormsTranslations()


def wtforms_translations() -> WTFormsTranslations:
    """What ``Meta.get_translations`` of a form returns; every FlaskForm has it already."""
    return _WTFORMS


def init_languages(app: Flask) -> None:
    """Set up Flask-Babel, gettext in templates, the filters for dates and numbers, and WTForms' messages.

    Who answers a request sets ``g.language`` beforehand (see :func:`choose_language`). With the setting
    ``PSEUDO_LOCALE`` every text is marked instead.
    """
    app.extensions[EXTENSION] = LanguageSettings(pseudo=bool(app.config.get("PSEUDO_LOCALE")))
    # Flask-Babel has one locale for words and for dates. It gets the one for dates, which is what libraries ask
    # it for; words go by language (see _Domain). Its own filters are not installed: ours replace them.
    _Babel(
        app,
        configure_jinja=False,
        locale_selector=lambda: current_reader().locale,
        timezone_selector=lambda: current_reader().zone_name,
    )
    _init_jinja(app)

    @app.before_request
    def give_forms_their_words() -> None:
        # Flask-WTF keeps its catalogue here, and would take WTForms' own by the locale of dates: Latin letters
        # for a page in Cyrillic. Forms of libraries and of plugins get ours this way, with no class of their own.
        request.wtforms_translations = _WTFORMS  # type: ignore[attr-defined]


# Jinja's own new-style functions do the same through three more calls; a page has hundreds of texts.


def _finished(eval_ctx: EvalContext, text: str, values: dict[str, object]) -> str:
    """``text`` as part of the page, with what is put in escaped; a % of its own is written %% in templates."""
    if eval_ctx.autoescape:
        text = Markup(text)  # noqa: S704  Catalogues are ours, and may hold HTML as their English does.
    return text % values if "%" in text else text


@pass_eval_context
def _gettext(eval_ctx: EvalContext, message: str, /, **values: object) -> str:
    return _finished(eval_ctx, current_reader().words.gettext(message), values)


@pass_eval_context
def _ngettext(
    eval_ctx: EvalContext, singular: str, plural: str, num: int, /, **values: object
) -> str:
    values.setdefault("num", num)
    return _finished(eval_ctx, current_reader().words.ngettext(singular, plural, num), values)


@pass_eval_context
def _pgettext(eval_ctx: EvalContext, context: str, message: str, /, **values: object) -> str:
    return _finished(eval_ctx, str(current_reader().words.pgettext(context, message)), values)


@pass_eval_context
def _npgettext(
    eval_ctx: EvalContext, context: str, singular: str, plural: str, num: int, /, **values: object
) -> str:
    values.setdefault("num", num)
    text = current_reader().words.npgettext(context, singular, plural, num)
    return _finished(eval_ctx, text, values)


def _init_jinja(app: Flask) -> None:
    env: Any = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.newstyle_gettext = True
    env.globals.update(
        _=_gettext, gettext=_gettext, ngettext=_ngettext, pgettext=_pgettext, npgettext=_npgettext
    )
    helpers = {name: getattr(formats, name) for name in formats.__all__}
    helpers |= {
        "direction_of": languages.direction,
        "lang_tag": languages.lang_tag,
        "language_name": texts.language_name,
        "upper_first": texts.upper_first,
    }
    env.filters.update(helpers)
    env.globals.update(helpers)
    env.globals["current_language"] = reader.current_language


def add_catalogues(app: Flask, folder: Path) -> None:
    """Merge the catalogues below ``folder``, a plugin's ``translations``, before core's.

    Raises :class:`CatalogueRefused` when one counts differently from the table of languages. A folder that does
    not exist is no fault: such a plugin speaks English.
    """
    settings: LanguageSettings = app.extensions[EXTENSION]
    if folder.is_dir() and folder not in settings.folders:
        check_folder(folder)
        settings.folders = (*settings.folders[:-1], folder, settings.folders[-1])


def translate_security(app: Flask) -> None:
    """Let Flask-Security speak our words first, then its own. Call it once its ``init_app`` has run."""
    domain = app.extensions["security"].i18n_domain
    domain.get_translations = _Domain("flask_security").get_translations
