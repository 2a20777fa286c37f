"""What templates put out is escaped as Jinja would, and remembered parts hold nothing of another reader."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask, g, session
from jinja2 import Environment, pass_context, pass_environment
from jinja2.runtime import Context
from markupsafe import Markup, escape

from core.i18n import lazy_gettext
from core.templating import escaped

ROOT = Path(__file__).resolve().parent.parent.parent


class Drawn:
    def __html__(self) -> str:
        return "<b>drawn</b>"


class Line(NamedTuple):
    """An action as the card of the home page shows it."""

    id: str = "one"
    text: str = "Book the hall"
    language: str = "en"
    due_on: date = date(2026, 12, 1)
    late: bool = False


LINE = Line()


class Loud(str):
    """A text of another type, whose letters are still only letters."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        '<a href="x">\'&',
        Markup("<b>"),
        Drawn(),
        7,
        None,
        1.5,
        ["<"],
        lazy_gettext("<x>"),
        Loud("<i>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_escaped_as_by_markupsafe(value: object) -> None:
    assert escaped(value) == str(escape(value))


def test_templates_escape_what_they_put_out(app: Flask) -> None:
    with app.test_request_context("/"):
        draw = app.jinja_env.from_string
        shapes = (
            "{{ x }}",
            "{% set y %}{{ x }}{% endset %}{{ y }}",
            "{% macro m(v) %}{{ v }}{% endmacro %}{{ m(x) }}",
            "{{ [x]|join }}",
            "{{ x ~ '' }}",
            "{% for each in [x] %}{{ each }}{% endfor %}",
            "{% filter upper %}{{ x }}{% endfilter %}",
        )
        for shape in shapes:
            assert "<" not in draw(shape).render(x="<b>"), shape
            assert "&lt;" in draw(shape).render(x="<b>").lower(), shape


def test_a_template_knows_the_globals_of_all_and_its_own_alone(app: Flask) -> None:
    env = app.jinja_env
    plain, given = (
        env.from_string("{{ g1 }}{{ g2 }}"),
        env.from_string("{{ g1 }}{{ g2 }}", {"g2": "own"}),
    )
    # As they are when it is drawn, not as they were when it was read.
    env.globals["g1"] = "<all>"
    assert plain.render() == "&lt;all&gt;"
    assert plain.render(g1="here") == "here"
    assert given.render() == "&lt;all&gt;own"
    assert "g2" not in env.globals
    assert type(plain.new_context().parent) is dict
    names = set(env.globals)
    env.from_string("{% set g3 = 1 %}{% set g1 = 2 %}{{ g1 }}").render()
    assert set(env.globals) == names
    assert plain.render() == "&lt;all&gt;"


def test_drawing_does_not_go_through_the_globals_one_by_one(app: Flask) -> None:
    many = 200

    class Counted(dict[str, object]):
        asked = 0

        def __getitem__(self, name: str) -> object:
            Counted.asked += 1
            return super().__getitem__(name)

    env = app.jinja_env.overlay()
    env.globals = Counted({f"name{number}": number for number in range(many)})
    template = env.from_string("{{ name7 }}")
    assert template.render() == "7"
    assert Counted.asked < many


def test_a_part_is_remembered_with_each_readers_own_token(app: Flask) -> None:
    part = app.jinja_env.part  # type: ignore[attr-defined]  # ours
    pages = []
    for token in ("one", "two"):
        with app.test_request_context("/"):
            g.language = "en"
            session["csrf_token"] = token
            pages.append(
                part("parts/own_menu.html", "/<x>", name="A <b>", theme="auto", memberships_here=())
            )
    assert pages[0] != pages[1]
    assert all("A &lt;b&gt;" in page and 'value="/&lt;x&gt;"' in page for page in pages)
    with app.test_request_context("/"):
        g.language = "fr"
        french = part("parts/own_menu.html", "/", name="A <b>", theme="auto", memberships_here=())
    assert "Apparence" in french


def test_a_part_leads_into_the_city_of_its_page(app: Flask) -> None:
    part = app.jinja_env.part  # type: ignore[attr-defined]  # ours
    for city in ("alva", "bruma", "alva"):
        with app.test_request_context(f"/{city}/actions"):
            g.language, g.city_slug = "en", city
            assert f'href="/{city}/actions/one"' in part("actions/card.html", lines=(LINE,))


def test_a_part_given_a_list_is_drawn_anew_only_when_something_in_it_differs(app: Flask) -> None:
    drawn: list[str] = []

    def drawing(text: str) -> str:
        drawn.append(text)
        return text

    app.jinja_env.globals["drawing"] = drawing
    app.jinja_env.globals["part_of_test"] = app.jinja_env.from_string(
        "{% for each in lines %}{{ drawing(each) }}{{ words[each] }}{% endfor %}"
    )
    part = app.jinja_env.part  # type: ignore[attr-defined]  # ours

    def page(lines: list[str], words: dict[str, str]) -> str:
        with app.test_request_context("/"):
            g.language = "en"
            return str(part(app.jinja_env.globals["part_of_test"], lines=lines, words=words))

    assert page(["a"], {"a": "1"}) == page(["a"], {"a": "1"}) == "a1"
    assert page(["a"], {"a": "<2>"}) == "a&lt;2&gt;"
    assert page(["a", "b"], {"a": "1", "b": "3"}) == "a1b3"
    assert drawn == ["a", "a", "a", "b"]


def test_templates_call_as_jinja_does(app: Flask) -> None:
    @pass_context
    def whole(context: Context, name: str) -> str:
        return f"{name}={context.get(name)}"

    class Called:
        @pass_environment
        def __call__(self, environment: Environment) -> str:
            return type(environment).__name__

    draw = app.jinja_env.from_string(
        "{% macro twice(x) %}{{ x }}{{ caller(x) if caller }}{% endmacro %}"
        "{% for each in [1] %}{% set n = each %}{{ whole('n') }} {{ called() }} "
        "{{ plain(x=2) }} {{ ' a '.strip() }} {{ twice('<') }}"
        "{% call(v) twice('b') %}{{ v }}!{% endcall %}{% endfor %}"
    )
    with app.test_request_context("/"):
        told = draw.render(whole=whole, called=Called(), plain=lambda x: x)
    assert told == "n=1 PageEnvironment 2 a &lt;bb!"


def test_a_message_that_is_looked_up_when_it_is_shown_stands_at_its_field(app: Flask) -> None:
    shown = app.test_client().post("/sign-in", data={"email": "", "password": ""})
    assert "Enter your e-mail address." in shown.get_data(as_text=True)
    assert "Enter your password." in shown.get_data(as_text=True)


def test_the_filled_button_of_a_form_stands_last_and_at_the_end() -> None:
    wrong = []
    for folder in ("core/templates", "plugins/activities/templates"):
        for path in sorted((ROOT / folder).rglob("*.html")):
            for row in re.findall(
                r'<div class="(m-(?:row|field)\b[^"]*)">(.*btn-primary.*?)</div>\n',
                path.read_text(encoding="utf-8"),
            ):
                # Doors are one narrow column, whose button is as wide as the fields.
                classes = set(row[0].split())
                buttons = re.findall(r"<(?:a|button) [^>]*?class=\"(btn[^\"]*)\"", row[1])
                if not classes & {"d-grid", "m-row-ends"} and (
                    "m-row-end" not in classes or "btn-primary" not in buttons[-1]
                ):
                    wrong.append(f"{path.name}: {row[0]}: {buttons}")
    assert wrong == []
