"""Languages: the choice, the words, and how dates and numbers are written."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask_babel
import pytest
from babel import Locale
from flask import Flask, g, render_template_string
from flask_wtf import FlaskForm
from sqlalchemy.exc import OperationalError
from wtforms import StringField
from wtforms.validators import InputRequired

from core import i18n
from core.i18n import LANGUAGES, catalogues, formats
from core.i18n.catalogues import (
    check_plural_header,
    merged_catalogue,
    messages_file,
    plural_rule,
)
from core.i18n.languages import first_day_of_week, formatting_locale
from core.i18n.reader import current_reader

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def make_app(**settings: Any) -> Flask:
    app = Flask("languages")
    app.config.update(SECRET_KEY="made up", WTF_CSRF_ENABLED=False, **settings)
    i18n.init_languages(app)
    return app


@pytest.fixture
def app() -> Flask:
    return make_app()


@pytest.fixture
def read(app: Flask) -> Iterator[Any]:
    """Read as somebody: ``read("ar", "JO", "Asia/Amman")``."""
    with app.test_request_context():

        def read_as(language: str, country: str = "", zone: str = "UTC") -> None:
            g.language = language
            g.city = SimpleNamespace(country=country, zone=zone)

        yield read_as


def write_words(folder: Path, language: str, entries: str, plural: str | None = None) -> None:
    file = folder / language / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    header = plural or LANGUAGES[language].plural_header
    file.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {header}\\n"\n\n{entries}\n',
        encoding="utf-8",
    )


# -- Choosing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("sr-Latn-RS,sr;q=0.9,en;q=0.8", "sr_Latn"),
        ("sr", "sr"),
        ("sr-RS", "sr"),
        ("sr-Cyrl-ME", "sr"),
        ("sr-ME", "sr_Latn"),
        ("bs-BA,en;q=0.5", "sr_Latn"),
        ("hr", "sr_Latn"),
        ("cnr", "sr_Latn"),
        ("bs-Cyrl", "sr"),
        ("ar-JO", "ar"),
        ("apc", "ar"),
        ("fr-CA", "fr"),
        ("FR_ca", "fr"),
        ("en;q=0.3, mk;q=0.7", "mk"),
        ("tr;q=0, sq;q=0.1", "sq"),
        ("de, zh;q=0.9, tr;q=0.001", "tr"),
        ("mk;q=0.5,sq;q=0.5", "mk"),
        ("*", None),
        ("de-AT,de", None),
        ("", None),
        (None, None),
    ],
)
def test_the_browser_is_understood(header: str | None, code: str | None) -> None:
    assert i18n.match_accept_language(header) == code


@pytest.mark.parametrize(
    "header",
    [
        ",,,;;;===",
        "mk;q=nan,mk;q=inf,mk;q=-1,mk;q=2,mk;q=1e-3",
        "mk;q",
        "mk;level=1",
        "\x00\x01mk",
        "м к",
        "mk-",
        "x" * 100_000,
        "de," * 20_000,
        "mk;q=0.1234567",
        "ａｒ",
    ],
)
def test_rubbish_asks_for_nothing(header: str) -> None:
    assert i18n.match_accept_language(header) is None


def test_the_person_comes_before_the_browser_and_the_browser_before_the_city() -> None:
    assert i18n.choose_language("tr", "fr", "sq", "mk") == "tr"
    assert i18n.choose_language("", "fr", "sq", "mk") == "fr"
    assert i18n.choose_language(None, "xx", "sq", "mk") == "sq"
    assert i18n.choose_language(None, None, "de", "mk") == "mk"
    assert i18n.choose_language("../etc", None, None, None) == "en"


# -- Counting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_table_counts_as_cldr_does(code: str) -> None:
    forms, rule = plural_rule(LANGUAGES[code].plural_header)
    cldr = Locale.parse(code).plural_form
    order: list[str] = [name for name in ("zero", "one", "two", "few", "many") if name in cldr.tags]
    # French has a form for round millions, which gettext's two forms do not know.
    order = [*[name for name in order if (code, name) != ("fr", "many")], "other"]
    assert forms == len(order)
    assert [order[rule(n)] for n in range(1000)] == [cldr(n) for n in range(1000)]


def test_macedonian_and_arabic_pick_their_forms() -> None:
    _, macedonian = plural_rule(LANGUAGES["mk"].plural_header)
    assert [macedonian(n) for n in (1, 21, 31, 101)] == [0] * 4
    assert [macedonian(n) for n in (0, 2, 11, 111)] == [1] * 4
    forms, arabic = plural_rule(LANGUAGES["ar"].plural_header)
    assert forms == 6
    assert [arabic(n) for n in (0, 1, 2, 3, 10, 103, 11, 99, 100, 102)] == [
        *(0, 1, 2, 3, 3, 3, 4, 4, 5, 5)
    ]


def test_a_catalogue_that_counts_otherwise_is_refused(app: Flask, tmp_path: Path) -> None:
    babels_own = str(Locale.parse("mk")) and "nplurals=2; plural=(n != 1);"
    with pytest.raises(i18n.CatalogueRefused, match="Plural-Forms must be"):
        check_plural_header(babels_own, "mk", tmp_path)
    write_words(tmp_path, "mk", 'msgid "Save"\nmsgstr "Зачувај"', babels_own)
    with pytest.raises(i18n.CatalogueRefused, match=r"messages\.po"):
        i18n.add_catalogues(app, tmp_path)


@pytest.mark.parametrize("header", ["", "nplurals=2", "nplurals=2; plural=__import__('os');"])
def test_a_header_that_is_none_is_refused(header: str, tmp_path: Path) -> None:
    with pytest.raises(i18n.CatalogueRefused):
        check_plural_header(header, "tr", tmp_path)


def test_the_same_rule_in_other_signs_is_accepted(tmp_path: Path) -> None:
    check_plural_header("nplurals=2;plural=n>1", "fr", tmp_path)


# -- Words -------------------------------------------------------------------------------------------------

PLURAL_DAYS = """
msgid "%(num)s day of work"
msgid_plural "%(num)s days of work"
msgstr[0] "без рада"
msgstr[1] "%(num)s дана рада"
msgstr[2] "%(num)s радних дана"
"""


def test_a_plugin_brings_its_words(app: Flask, tmp_path: Path) -> None:
    write_words(tmp_path, "sr", PLURAL_DAYS + '\nmsgid "Zebra"\nmsgstr "Зебра"')
    i18n.add_catalogues(app, tmp_path)
    i18n.add_catalogues(app, tmp_path / "not there")
    with app.test_request_context():
        g.language = "sr"
        assert i18n.gettext("Zebra") == "Зебра"
        assert flask_babel.gettext("Zebra") == "Зебра"
        assert i18n.ngettext("%(num)s day of work", "%(num)s days of work", 3) == "3 дана рада"
        assert i18n.ngettext("%(num)s day of work", "%(num)s days of work", 15) == "15 радних дана"
        g.language = "sr_Latn"
        # Latin never falls to Cyrillic.
        assert i18n.gettext("Zebra") == "Zebra"
        g.language = "fr"
        assert i18n.ngettext("%(num)s day of work", "%(num)s days of work", 1) == "1 day of work"


def test_core_has_the_last_word(tmp_path: Path) -> None:
    plugin, core = tmp_path / "plugin", tmp_path / "core"
    write_words(plugin, "tr", 'msgid "Save"\nmsgstr "sakla"\n\nmsgid "Tea"\nmsgstr "çay"')
    write_words(core, "tr", 'msgid "Save"\nmsgstr "kaydet"')
    words = merged_catalogue((plugin, core), "tr")
    assert (words.gettext("Save"), words.gettext("Tea")) == ("kaydet", "çay")


def test_fuzzy_is_a_guess_and_no_translation(tmp_path: Path) -> None:
    write_words(tmp_path, "tr", '#, fuzzy\nmsgid "Save"\nmsgstr "belki"')
    assert merged_catalogue((tmp_path,), "tr").gettext("Save") == "Save"


def test_a_broken_plugin_catalogue_leaves_the_others_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plugin, core = tmp_path / "plugin", tmp_path / "core"
    write_words(plugin, "tr", 'msgid "Save')
    write_words(core, "tr", 'msgid "Save"\nmsgstr "kaydet"')
    assert merged_catalogue((plugin, core), "tr").gettext("Save") == "kaydet"
    assert "catalogue_left_out" in caplog.text


def test_templates_have_gettext_and_escape_what_is_put_in(read: Any) -> None:
    read("en")
    page = render_template_string(
        '{{ _("Hello, %(name)s", name=name) }} {{ ngettext("%(num)s cup", "%(num)s cups", 2) }}'
        ' {{ pgettext("kitchen", "Pan") }} {{ lazy }} {{ _("100%%") }}'
        "{% trans who=name %}{{ who }} waits{% endtrans %}"
        '{% autoescape false %}{{ _("%(name)s!", name=name) }}{% endautoescape %}',
        name="<b>",
        lazy=i18n.lazy_gettext("For %(who)s", who="<i>"),
    )
    assert page == "Hello, &lt;b&gt; 2 cups Pan For &lt;i&gt; 100%&lt;b&gt; waits<b>!"


def test_a_lazy_text_speaks_when_shown(app: Flask, tmp_path: Path) -> None:
    write_words(tmp_path, "tr", 'msgctxt "drink"\nmsgid "Tea"\nmsgstr "çay"')
    i18n.add_catalogues(app, tmp_path)
    tea = i18n.lazy_pgettext("drink", "Tea")
    with app.test_request_context():
        g.language = "tr"
        assert f"{tea}!" == "çay!"
        assert "bir " + tea == "bir çay"
        assert len(tea) == 3
        with i18n.force_language("en"):
            assert str(tea) == "Tea"
    assert str(tea) == "Tea"
    assert tea == i18n.lazy_pgettext("drink", "Tea")
    assert hash(tea) == hash(i18n.lazy_pgettext("drink", "Tea"))
    assert tea != i18n.lazy_gettext("Tea")


def test_a_mail_is_in_the_language_of_whoever_gets_it(read: Any) -> None:
    read("fr", "FR", "Europe/Paris")
    almina: Any = SimpleNamespace(country="JO", zone="Asia/Amman")
    with i18n.force_language("ar", almina):
        assert i18n.current_language() == "ar"
        assert i18n.format_date(NOON, "long") == "23 تشرين الثاني 2026"
        assert i18n.format_datetime(NOON).endswith("1:00 م")
        assert str(flask_babel.get_locale()) == "ar_JO"
    assert i18n.format_date(NOON, "long") == "23 novembre 2026"
    assert str(flask_babel.get_locale()) == "fr_FR"
    with i18n.force_language("xx"):
        assert i18n.current_language() == "en"


def test_without_an_application_there_is_english() -> None:
    assert i18n.gettext("Zebra") == "Zebra"
    assert i18n.format_date(date(2026, 11, 23)) == "23 Nov 2026"
    with i18n.force_language("tr"):
        assert i18n.format_date(date(2026, 11, 23)) == "23 Kas 2026"


def test_the_pseudo_locale_marks_every_text() -> None:
    app = make_app(PSEUDO_LOCALE=True)
    with app.test_request_context():
        g.language = "en"
        assert i18n.gettext("Save %(name)s", name="Ana") == "⟦Såvé Ana⟧"
        assert render_template_string(
            '{{ ngettext("%(num)s cup", "%(num)s cups", 2) }}'
        ).startswith("⟦2 ")
        assert i18n.pgettext("a", "<b>bold</b> &amp;") == "⟦<b>böļđ</b> &amp;⟧"
        assert i18n.format_number(5) == "⟦5⟧"
        assert flask_babel.gettext("Save").startswith("⟦")


# -- What libraries say ------------------------------------------------------------------------------------


class _Form(FlaskForm):  # type: ignore[misc, unused-ignore]
    name = StringField(validators=[InputRequired()])


def _complaint(app: Flask, language: str) -> str:
    @app.before_request
    def choose() -> None:
        g.language = language

    with app.test_request_context(method="POST"):
        app.preprocess_request()
        form = _Form()
        assert not form.validate()
        return str(form.errors["name"][0])


def test_forms_complain_in_our_words(tmp_path: Path) -> None:
    assert _complaint(make_app(), "en") == "Fill this in."
    app = make_app()
    write_words(tmp_path, "fr", 'msgid "This field is required."\nmsgstr "À remplir"')
    i18n.add_catalogues(app, tmp_path)
    # Core has the last word as soon as it has one.
    assert _complaint(app, "fr") in {"À remplir", i18n_of("fr", "This field is required.")}


def i18n_of(language: str, text: str) -> str:
    with i18n.force_language(language):
        return i18n.gettext(text)


def test_a_page_in_cyrillic_gets_no_message_in_latin_letters() -> None:
    assert "Obavezno" not in _complaint(make_app(), "sr")
    latin = merged_catalogue((), "sr_Latn", "wtforms").gettext("Not a valid choice.")
    assert latin == "Nije validan izbor."
    assert merged_catalogue((), "sr", "wtforms").gettext("Not a valid choice.").isascii()


def test_flask_security_speaks_our_words_then_its_own(tmp_path: Path) -> None:
    from flask_security.babel import FsDomain

    app = make_app(SECURITY_I18N_DIRNAME="builtin", SECURITY_I18N_DOMAIN="flask_security")
    write_words(tmp_path, "tr", 'msgid "A word of ours"\nmsgstr "bizim söz"')
    i18n.add_catalogues(app, tmp_path)
    domain = FsDomain(app)
    app.extensions["security"] = SimpleNamespace(i18n_domain=domain)
    i18n.translate_security(app)
    with app.test_request_context():
        g.language = "en"
        assert domain.gettext("You have successfully logged in.") == "You are signed in."
        g.language = "tr"
        assert domain.gettext("A word of ours") == "bizim söz"
        # Its catalogue is called fr_FR, and "fr" alone would not have found it.
        g.language = "fr"
        assert domain.gettext("Login") != "Login"


# -- Dates and numbers -------------------------------------------------------------------------------------


def test_months_are_those_of_the_country(read: Any) -> None:
    read("ar", "JO", "Asia/Amman")
    assert "تشرين الثاني" in i18n.format_date(NOON, "long")
    assert i18n.first_week_day() == 5
    read("ar")
    assert "نوفمبر" in i18n.format_date(NOON, "long")


def test_the_week_is_the_countrys_in_every_language(read: Any) -> None:
    read("fr", "JO")
    assert i18n.weekday_names()[0] == "samedi"
    read("fr", "FR")
    assert i18n.weekday_names()[0] == "lundi"
    read("sr_Latn", "RS")
    assert i18n.weekday_names("abbreviated")[0] == "pon"
    assert i18n.month_names()[10] == "novembar"
    assert first_day_of_week(formatting_locale("en"), "QQ") == 0


@pytest.mark.parametrize(
    ("language", "country", "locale"),
    [
        ("ar", "JO", "ar_JO"),
        ("ar", "lb", "ar_LB"),
        ("ar", "MK", "ar"),
        ("sr", "RS", "sr_Cyrl_RS"),
        # Babel reads bare sr_ME as Latin.
        ("sr", "ME", "sr_Cyrl_ME"),
        ("sr", "MK", "sr"),
        ("sr_Latn", "RS", "sr_Latn_RS"),
        ("sq", "MK", "sq_MK"),
        ("en", "MK", "en_GB"),
        ("en", "US", "en_US"),
        ("fr", None, "fr"),
        ("fr", "../x", "fr"),
        ("xx", "QQ", "en_GB"),
    ],
)
def test_the_locale_of_dates(language: str, country: str | None, locale: str) -> None:
    assert str(formatting_locale(language, country)) == locale


def test_moments_are_in_the_citys_zone(read: Any) -> None:
    read("en", "MK", "Europe/Skopje")
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert i18n.format_datetime(late) == "1 Jul 2026, 00:30"
    assert i18n.format_date(late) == "1 Jul 2026"
    assert i18n.format_time(late, "UTC") == "22:30"
    # A wall time is what it says.
    assert i18n.format_time(late.replace(tzinfo=None)) == "22:30"
    assert i18n.format_time(time(9, 5)) == "09:05"
    assert str(flask_babel.get_timezone()) == "Europe/Skopje"
    read("en", "MK", "Mars/Olympus")
    assert i18n.format_time(late) == "22:30"


def test_ranges_say_once_what_both_ends_share(read: Any) -> None:
    read("en", "GB", "Europe/London")
    first, last = date(2026, 11, 23), date(2026, 11, 26)
    assert i18n.format_range(first, last) == "23–26 Nov 2026"
    assert i18n.format_range(first, first) == "23 Nov 2026"
    assert i18n.format_range(first, None) == "23 Nov 2026"
    assert i18n.format_range(NOON, NOON + timedelta(hours=2)) == "23 Nov 2026, 10:00–12:00"
    assert (
        i18n.format_range(NOON, NOON + timedelta(days=1))
        == "23 Nov 2026, 10:00\u2009–\u200924 Nov 2026, 10:00"
    )
    assert i18n.format_range(None, None) == ""


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    "style",
    ["short", "medium", "long", "full", "day", "month", "month_short", "weekday", "weekday_year"],
)
def test_every_language_writes_every_style(read: Any, code: str, style: str) -> None:
    for country in ("", "MK", "JO", "FR"):
        read(code, country)
        for text in (
            i18n.format_date(date(2026, 11, 23), style),
            i18n.format_datetime(NOON, style),
            i18n.format_range(date(2026, 11, 23), date(2026, 12, 26), style),
            i18n.format_range(NOON, NOON + timedelta(minutes=90), style),
        ):
            assert text
            assert "{" not in text


def test_how_far_a_day_is(read: Any) -> None:
    read("en", "GB")
    day = date(2026, 11, 23)

    def relative(days: int) -> str:
        return i18n.format_relative_day(day + timedelta(days=days), day)

    assert [relative(days) for days in (-1, 0, 1)] == ["yesterday", "today", "tomorrow"]
    assert relative(3) == "in 3 days"
    assert relative(-13) == "13 days ago"
    assert relative(-14) == "2 weeks ago"
    assert i18n.format_relative_day(datetime.now(UTC)) == "today"
    read("ar", "JO")
    assert relative(2) == "خلال يومين"


def test_numbers(read: Any) -> None:
    read("fr", "FR")
    assert i18n.format_number(1234567.891) == "1\u202f234\u202f567,891"
    assert i18n.format_number(12, 2) == "12,00"
    assert i18n.format_percent(0.256) == "26\xa0%"
    read("tr", "TR")
    assert i18n.format_percent(0.256, 1) == "%25,6"
    assert i18n.format_number(None) == ""


def test_repeated_days_cost_next_to_nothing(read: Any) -> None:
    read("mk", "MK", "Europe/Skopje")
    formats._date.cache_clear()
    for _ in range(50):
        i18n.format_date(NOON)
    assert formats._date.cache_info().misses == 1


def test_a_page_about_a_lost_database_needs_no_database(app: Flask) -> None:
    class Lost:
        @property
        def country(self) -> str:
            raise OperationalError("SELECT", {}, Exception("gone"))

    with app.test_request_context():
        g.language = "fr"
        g.city = Lost()
        assert i18n.format_date(date(2026, 11, 23), "long") == "23 novembre 2026"


def test_a_compiled_catalogue_is_used_where_it_is_not_older(tmp_path: Path) -> None:
    write_words(tmp_path, "tr", 'msgid "Save"\nmsgstr "kaydet"')
    file = messages_file(tmp_path, "tr")
    compiled = file.with_suffix(".mo")
    compiled.write_bytes(catalogues._compiled(file, "tr").getvalue())
    file.write_text("not a catalogue")
    os.utime(file, (0, 0))
    assert merged_catalogue((tmp_path,), "tr").gettext("Save") == "kaydet"
    file.unlink()
    catalogues.check_folder(tmp_path)


def test_the_reader_changes_with_the_request(read: Any) -> None:
    read("mk", "MK")
    first = current_reader()
    assert current_reader() is first
    read("sq", "MK")
    assert current_reader().language == "sq"


# -- Languages of content ----------------------------------------------------------------------------------


def test_languages_beyond_the_interface_have_names(read: Any) -> None:
    read("en")
    assert i18n.language_name("rom") == "Romani"
    assert i18n.language_name("sr_Latn") == "Serbian (Latin)"
    assert i18n.language_name("sr-Latn") == "Serbian (Latin)"
    assert i18n.language_name("mk", "fr") == "macédonien"
    assert i18n.language_name("qqx") == "qqx"
    assert i18n.language_name("<script>") == "<script>"
    for code in i18n.CONTENT_LANGUAGES:
        assert i18n.language_name(code) != code


def test_direction_and_tag_of_any_language() -> None:
    assert [i18n.direction(code) for code in ("ar", "fa", "ku-Arab", "ckb", "mk_Arab")] == [
        "rtl"
    ] * 5
    assert [i18n.direction(code) for code in ("sr_Latn", "rom", "ku", "ar-Latn", "")] == ["ltr"] * 5
    assert i18n.lang_tag("sr_Latn") == "sr-Latn"
    assert i18n.lang_tag("rom") == "rom"
    assert i18n.lang_tag('"><') == "und"


def test_the_first_letter_in_turkish(read: Any) -> None:
    read("tr")
    assert i18n.upper_first("iptal") == "İptal"
    assert i18n.upper_first("iptal", "en") == "Iptal"
    assert i18n.upper_first("") == ""


def test_two_applications_keep_their_words_apart(tmp_path: Path) -> None:
    one, other = make_app(), make_app()
    write_words(tmp_path, "tr", 'msgid "Zebra"\nmsgstr "zebra"')
    i18n.add_catalogues(one, tmp_path)
    for app, word in ((one, "zebra"), (other, "Zebra")):
        with app.test_request_context():
            g.language = "tr"
            assert i18n.gettext("Zebra") == word


def test_a_list_has_the_comma_of_its_language(read: Any) -> None:
    read("ar", "LB")
    assert formats.list_comma().join(["a", "b"]) == "a، b"
    read("mk", "MK")
    assert formats.list_comma().join(["a", "b"]) == "a, b"
