"""The floor: the smallest Flask page with a signed-in user, one query of 30 rows and one template.

What Maillage's pages cost is shown beside what this page costs, under the same server in the same run.
"""

from __future__ import annotations

from flask import Flask, redirect, render_template, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response

ROWS = 30
# Loaded as a file would be, so that it is compiled once, as templates are in a real application.
TEMPLATES = {
    "page.html": """<!doctype html><html lang="en"><title>Floor</title><h1>{{ user.name }}</h1>
<table>{% for row in rows %}<tr><td>{{ row.title }}</td><td>{{ row.place }}</td></tr>{% endfor %}</table></html>"""
}


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Reader(UserMixin, db.Model):  # type: ignore[name-defined]  # Flask-SQLAlchemy's dynamic base
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Row(db.Model):  # type: ignore[name-defined]  # as above
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    place: Mapped[str]


def create_floor(url: str) -> Flask:
    """The floor's application, on the database at ``url``."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="floor", SQLALCHEMY_DATABASE_URI=url)
    app.jinja_loader = DictLoader(TEMPLATES)
    db.init_app(app)
    manager = LoginManager(app)

    @manager.user_loader
    def load(identifier: str) -> Reader | None:
        return db.session.get(Reader, int(identifier))

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.get("/enter")
    def enter() -> Response:
        login_user(db.session.get(Reader, 1))
        return redirect(url_for("page"))

    @app.get("/")
    @login_required
    def page() -> str:
        rows = db.session.scalars(select(Row).order_by(Row.id).limit(ROWS)).all()
        return render_template("page.html", user=current_user, rows=rows)

    return app


def seed_floor(url: str) -> None:
    """Make the floor's tables and rows in the empty database at ``url``."""
    app = create_floor(url)
    with app.app_context():
        db.create_all()
        db.session.add(Reader(id=1, name="Reader"))
        db.session.add_all(Row(title=f"Row {n}", place=f"Place {n}") for n in range(1000))
        db.session.commit()
        db.engine.dispose()
