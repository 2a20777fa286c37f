"""A record's languages side by side on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from core.content.services import keep_translation
from core.database import db
from core.permissions import Role
from core.printing import PrintingFailed
from core.testing.app import Somebody, World
from core.values import Ref

SignIn = Callable[[Somebody], FlaskClient]
Log = Callable[..., Ref]


def page(ref: Ref) -> str:
    return f"/alva/translations/{ref.plugin}/{ref.kind}/{ref.id}"


def translated(world: World, ref: Ref, language: str, title: str, description: str) -> None:
    with world.in_city("alva"):
        keep_translation(ref, language, {"title": title, "description": description}, None)
        db.session.commit()


def test_the_paper_holds_the_languages_of_the_page(world: World, sign_in: SignIn, log: Log) -> None:
    ref = log()
    translated(world, ref, "ar", "ورشة عن الإعلام", "الشباب يتحققون من خبر.")
    translated(world, ref, "sq", "Punëtori për mediat", "Të rinjtë kontrollojnë një lajm.")
    client = sign_in(world.person("alva"))
    link = re.search(r'href="([^"]+\.pdf[^"]*)"', client.get(page(ref)).text)
    assert link is not None
    answer = client.get(link.group(1).replace("&amp;", "&"))
    assert answer.mimetype == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.data))
    assert reader.metadata is not None
    assert reader.metadata.title == "Работилница за медиумска писменост"
    text = reader.pages[0].extract_text()
    for words in (
        "Alva",
        "Punëtori për mediat",
        "Младите проверуваат",
        "Original",
        "by Member of Alva",
    ):
        assert words in text, words
    assert "يتحققون" in text
    two = client.get(f"{page(ref)}.pdf?language=mk&language=sq")
    assert "Punëtori" in PdfReader(io.BytesIO(two.data)).pages[0].extract_text()


def test_the_paper_of_what_one_may_not_see_is_not_there(
    world: World, sign_in: SignIn, log: Log
) -> None:
    ref = log()
    assert sign_in(world.person("alva", Role.OBSERVER)).get(f"{page(ref)}.pdf").status_code == 404
    assert sign_in(world.person("bruma")).get(f"{page(ref)}.pdf").status_code == 404
    client = sign_in(world.person("alva"))
    assert client.get(f"{page(ref)}.pdf").status_code == 200
    assert client.get(f"{page(ref)[:-3]}zzz.pdf").status_code == 404


def test_a_paper_that_cannot_be_set_is_said_so(
    world: World, sign_in: SignIn, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.content.views import paper

    def fails(*_all: object, **_more: object) -> bytes:
        raise PrintingFailed

    monkeypatch.setattr(paper, "pdf", fails)
    assert sign_in(world.person("alva")).get(f"{page(log())}.pdf").status_code == 503
