"""The pages outside every city: start, health, a city's colours, the choice of language, theme and organisation."""

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from core import i18n
from core.cities.models import City
from core.database import db
from core.permissions import public, signed_in
from core.web import back_to, signed_in_person

bp = Blueprint("site", __name__)


@bp.get("/")
@public("the way in")
def start() -> AnyResponse | str:
    """Lead a signed-in person to their city, others to the sign-in page."""
    if signed_in_person() is None:
        return redirect(url_for("security.login"))
    cities = {place.city.slug for place in g.places}
    if len(cities) == 1:
        return redirect(url_for("home.start", city_slug=cities.pop()))
    return render_template("site/start.html")


@bp.get("/healthz")
@public("asked by the outer server whether the process lives")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public("asked by the outer server whether requests may come")
def readyz() -> tuple[Response, int]:
    """The database answers as well."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok"), 200


@bp.get("/look/<slug>/<int:version>.css")
@public("a city's two colours, which its public pages show anyway")
def city_look(slug: str, version: int) -> Response:
    """The style sheet with a city's accent; the version in the address lets browsers keep it."""
    city = db.session.scalars(select(City).where(City.slug == slug)).first()
    if city is None or version != city.look_version:
        abort(404)
    from core.cities.look import style_sheet

    response = Response(style_sheet(city), mimetype="text/css")
    response.cache_control.public = True
    response.cache_control.max_age = 31_536_000
    response.cache_control.immutable = True
    return response


@bp.post("/language")
@public("everybody may choose the language of the page")
def choose_language() -> AnyResponse:
    """Remember the reader's language: with the person, else in the browser."""
    code = request.form.get("language", "")
    if code not in i18n.LANGUAGES:
        abort(400)
    person = signed_in_person()
    if person is not None:
        person.language = code
        db.session.commit()
    session["language"] = code
    return back_to(url_for("site.start"))


@bp.post("/theme")
@public("everybody may choose light or dark")
def choose_theme() -> AnyResponse:
    """Remember whether the reader wants it light, dark or as the system has it."""
    theme = request.form.get("theme", "")
    if theme not in {"auto", "light", "dark"}:
        abort(400)
    person = signed_in_person()
    if person is not None:
        person.theme = theme
        db.session.commit()
    session["theme"] = theme
    return back_to(url_for("site.start"))


@bp.post("/speak-for")
@signed_in
def choose_membership() -> AnyResponse:
    """Choose for which organisation one speaks in a city."""
    chosen = next((p for p in g.places if p.membership.id == request.form.get("membership")), None)
    if chosen is None:
        abort(404)
    session["speaks_for"] = {**session.get("speaks_for", {}), chosen.city.id: chosen.membership.id}
    return back_to(url_for("home.start", city_slug=chosen.city.slug))
