"""What was accepted leaves as a PO file that translators' tools read: round trip through Babel, and msgfmt's check."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from core.database import db
from core.i18n import LANGUAGES
from core.i18n.catalogues import check_plural_header
from core.permissions import Role
from core.testing.app import Somebody, World
from core.wording import catalogue
from core.wording.export import po_file
from core.wording.models import Report, Reporter
from core.wording.services import for_translators


def report(
    world: World,
    words: str,
    suggestion: str,
    *,
    language: str = "fr",
    state: str = "accepted",
    reason: str = "",
    loose: bool = False,
    city: str = "alva",
) -> None:
    """A report as the page would keep it."""
    with world.in_city(city):
        found = [] if loose else catalogue.find(words, language)
        one = Report(language=language, words=words, suggestion=suggestion, state=state)
        if found:
            entry = found[0].entry
            one.owner, one.context, one.msgid = entry.owner, entry.context, entry.ids[0]
            one.msgid_plural = entry.ids[1] if len(entry.ids) > 1 else ""
            one.form, one.current = found[0].form, found[0].text
        db.session.add(one)
        db.session.flush()
        db.session.add(
            Reporter(
                report_id=one.id,
                membership_id=world.person(city, Role.MEMBER).membership_id,
                reason=reason,
            )
        )
        db.session.commit()


def exported(world: World, language: str = "fr", states: tuple[str, ...] = ("accepted",)) -> bytes:
    with world.in_city("alva"):
        return po_file(language, for_translators(language, states))


def read(content: bytes, language: str = "fr") -> Catalog:
    return read_po(BytesIO(content), locale=language, abort_invalid=True)


def entries(content: bytes, language: str = "fr") -> list[Message]:
    return [message for message in read(content, language) if message.id]


def test_a_text_comes_back_with_its_suggestion_marked_fuzzy(world: World) -> None:
    report(world, "Enregistrer", "Garder", reason="Plus court")
    (message,) = entries(exported(world))
    assert (message.id, message.string, message.fuzzy) == ("Save", "Garder", True)
    assert "Now: Enregistrer" in message.user_comments
    assert "Why: Plus court" in message.user_comments
    assert message.auto_comments == ["Part of: core"]
    assert any("directory" in place for place, _line in message.locations)


def test_the_context_tells_texts_apart(world: World, app: Flask) -> None:
    with app.app_context():
        words = next(
            entry.texts[0]
            for entry in catalogue.entries("fr")
            if entry.context
            and sum(entry.texts == other.texts for other in catalogue.entries("fr")) == 1
        )
        (wanted, *_rest) = catalogue.find(words, "fr")
    report(world, words, "Autre chose")
    (message,) = entries(exported(world))
    assert (message.id, message.context) == (wanted.entry.ids[0], wanted.entry.context)


@pytest.mark.parametrize("language", ["fr", "ar", "mk", "sr", "tr"])
def test_forms_of_numbers_stand_in_their_places(world: World, app: Flask, language: str) -> None:
    with app.app_context():
        entry = next(
            one for one in catalogue.entries(language) if one.ids[0] == "%(num)s organisation"
        )
    seen = entry.texts[-1].replace("%(num)s", "100")
    report(world, seen, f"100 {'ق' if language == 'ar' else 'xyz'}", language=language)
    (message,) = entries(exported(world, language), language)
    assert isinstance(message.id, tuple)
    assert isinstance(message.string, tuple)
    changed = [new for new, old in zip(message.string, entry.texts, strict=True) if new != old]
    assert len(changed) == 1
    assert "%(num)s" in changed[0]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_head_counts_as_our_table_does(world: World, language: str) -> None:
    content = exported(world, language)
    header = read(content, language).header_comment
    assert header is not None
    line = next(one for one in content.decode().splitlines() if "Plural-Forms" in one)
    check_plural_header(line.strip('"').removesuffix("\\n").partition(": ")[2], language, Path("x"))


def test_no_reader_is_named(world: World) -> None:
    report(world, "Enregistrer", "Garder", reason="Parce que")
    text = exported(world).decode()
    assert "Member of Alva" not in text
    assert world.person("alva").membership_id not in text


def test_only_what_was_accepted_goes(world: World) -> None:
    for state in ("open", "declined", "right"):
        report(world, "Enregistrer", f"Garder {state}", state=state)
    assert entries(exported(world)) == []
    assert len(entries(exported(world, states=("open", "declined")))) == 1


def test_of_several_suggestions_the_others_are_comments(world: World) -> None:
    report(world, "Enregistrer", "Garder")
    report(world, "Enregistrer", "Conserver")
    (message,) = entries(exported(world))
    assert message.string == "Garder"
    assert "Another suggestion: Conserver" in message.user_comments


def test_what_is_in_no_catalogue_stands_above_all_entries(world: World) -> None:
    report(world, "Un mot\nperdu", "Un mot trouvé", loose=True, reason='Voir\nmsgid "x"')
    content = exported(world)
    assert entries(content) == []
    assert "# “Un mot perdu” should be “Un mot trouvé”" in content.decode()
    assert '#   Why: Voir msgid "x"' in content.decode()


NASTY = [
    'Guillemets "doubles" et \\ barre \\n',
    "Deux\nlignes\tet un onglet",
    "100 % sûr %s %(x)s %",
    'عربي \u200fRTL\u200f مع "علامات"',
    '# pas un commentaire\nmsgid "non"',
    "😀 " + "long " * 90,
]


@pytest.mark.parametrize("suggestion", NASTY)
def test_whatever_was_typed_the_file_can_be_read(world: World, suggestion: str) -> None:
    report(world, "Enregistrer", suggestion, reason=suggestion)
    (message,) = entries(exported(world))
    assert message.string == suggestion


@pytest.mark.one_database
@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="GNU gettext is not installed")
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_compiler_of_gnu_gettext_accepts_it(
    world: World, app: Flask, tmp_path: Path, language: str
) -> None:
    with app.app_context():
        some = [
            (entry.texts[form].replace("%(num)s", "21"), entry)
            for entry in catalogue.entries(language)[:400:23]
            for form in range(len(entry.texts))
        ]
    for words, _entry in some:
        report(world, words, f"{words} !", language=language, reason="Pourquoi pas")
    for suggestion in NASTY:
        report(world, suggestion, suggestion[::-1], language=language, loose=True)
    file = tmp_path / "x.po"
    file.write_bytes(exported(world, language))
    done = subprocess.run(
        ["msgfmt", "--use-fuzzy", "--check-domain", "-o", str(tmp_path / "x.mo"), str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr, done.stderr


def test_the_page_gives_the_file(world: World, sign_in: Callable[[Somebody], FlaskClient]) -> None:
    report(world, "Enregistrer", "Garder")
    client = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    assert "export?language=fr" in client.get("/alva/settings/words").get_data(as_text=True)
    answer = client.get("/alva/settings/words/export?language=fr")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="maillage-alva-fr.po"'
    assert [one.string for one in entries(answer.data)] == ["Garder"]


def test_the_command_gathers_all_cities(world: World) -> None:
    report(world, "Enregistrer", "Garder")
    report(world, "Annuler", "Laisser", city="bruma")
    report(world, "Filtrer", "Trier", state="open")
    runner = world.app.test_cli_runner()
    done = runner.invoke(args=["wording", "export", "fr"])
    assert {one.string for one in entries(done.stdout_bytes)} == {"Garder", "Laisser"}
    done = runner.invoke(args=["wording", "export", "fr", "--city", "alva", "--open"])
    assert {one.string for one in entries(done.stdout_bytes)} == {"Garder", "Trier"}
    assert runner.invoke(args=["wording", "export", "klingon"]).exit_code == 2
