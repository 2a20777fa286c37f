"""What every way of signing in ends with, and the steps between."""

import time
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, redirect, request, session, url_for
from flask.typing import RouteCallable
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core.audit.services import record
from core.database import db
from core.errors import error_page
from core.i18n import gettext as _
from core.identity.factors import lacks_second_step, second_step_asked
from core.identity.kept_forms import kept_form
from core.identity.models import Person
from core.identity.sessions import sign_in
from core.web import safe_path, see_other, signed_in_person

HALF_WAY_LASTS = 10 * 60
FRESH_FOR = 15 * 60

View = TypeVar("View", bound=RouteCallable)


def asked_next() -> str:
    """Where to go after signing in, if that is a page of ours; else empty."""
    target = request.form.get("next") or request.args.get("next") or ""
    return target if safe_path(target) else ""


def me() -> Person:
    """The signed-in person, in a view that only they can open."""
    return cast("Person", signed_in_person())


def go_on(person: Person, via: str, target: str) -> AnyResponse:
    """After the first step: the second one where it is asked, else in."""
    if second_step_asked(person):
        session["half"] = {"p": person.fs_uniquifier, "t": int(time.time()), "n": target}
        return see_other(url_for("security.second_step"))
    return let_in(person, via, target)


def half_way() -> tuple[Person, str] | None:
    """Who has taken the first step in this browser in the last ten minutes, and where they want to go."""
    half = session.get("half")
    if not isinstance(half, dict) or time.time() - int(half.get("t", 0)) > HALF_WAY_LASTS:
        return None
    person = db.session.scalar(select(Person).where(Person.fs_uniquifier == str(half.get("p"))))
    if person is None or not person.active or person.demo:
        return None
    target = str(half.get("n") or "")
    return person, target if safe_path(target) else ""


def let_in(person: Person, via: str, target: str) -> AnyResponse:
    """Sign somebody in, commit, and lead them on: to a form that was kept, to where they wanted to go, or home."""
    lacking = lacks_second_step(person)
    sign_in(person, via=via, values={"must_enrol": True} if lacking else None)
    kept = kept_form(person)
    record("identity.signed_in", person_id=person.id, details={"via": via})
    db.session.commit()
    if lacking:
        return see_other(url_for("identity.two_step"))
    if kept is not None:
        return see_other(url_for("identity.kept"))
    return see_other(target or url_for("site.start"))


def freshly_verified(view: View) -> View:
    """Let a view be reached only a short while after proving who one is; else ask for it once more."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if time.time() - float(session.get("fs_paa", 0)) > FRESH_FOR:
            target = (
                request.path if request.method in {"GET", "HEAD"} else url_for("identity.account")
            )
            return redirect(url_for("identity.verify", next=target), 303)
        return view(*args, **kwargs)

    return cast("View", wrapped)


def not_in_the_demo(view: View) -> View:
    """Keep a view from the demo's accounts: several people use each of them."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if me().demo:
            return error_page(
                403,
                _("Several people use this account of the demo, so its ways in stay as they are."),
            )
        return view(*args, **kwargs)

    return cast("View", wrapped)


def done(sentence: str) -> None:
    """Say on the next page what was just done."""
    flash(sentence, "done")
