"""Error pages: calm, in the reader's language, with what to do next and the number of the request."""

import logging

from flask import Flask, Response, g, make_response, render_template
from flask.globals import request_ctx
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from core.database import db
from core.i18n import gettext as _

log = logging.getLogger(__name__)


def _words(code: int) -> tuple[str, str]:
    match code:
        case 400:
            return _("That could not be read"), _(
                "Something in the address or the form was damaged on its way. Go back and try again."
            )
        case 403:
            return _("This is not among your tasks"), _(
                "Your role in this city does not include this function. Ask the focal point if it should."
            )
        case 404:
            return _("Nothing to see here"), _(
                "The page does not exist, or it is not open to you. Check the address, or start from the home page."
            )
        case 405:
            return _("That cannot be done here"), _(
                "The page was called in a way it does not know. Go back and use its buttons."
            )
        case 413:
            return _("That is too large"), _(
                "The file or the text is larger than this site accepts. Make it smaller and send it again."
            )
        case 429:
            return _("A little slower, please"), _(
                "There were too many attempts in a short time. Wait a few minutes and try again."
            )
        case 503:
            return _("Back in a moment"), _(
                "The database does not answer just now. Nothing was saved. Try again in a minute."
            )
        case _other:
            return _("Something went wrong on our side"), _(
                "It was noted, and nothing was saved. Try again, and tell the administrator the number below "
                "if it happens again."
            )


def error_page(code: int, sentence: str = "") -> Response:
    """The page for an error; ``sentence`` replaces the general one where more is known."""
    title, general = _words(code)
    page = render_template(
        "error.html",
        code=code,
        title=title,
        sentence=sentence or general,
        request_id=g.get("request_id"),
    )
    response = make_response(page, code)
    if code in {429, 503}:
        response.headers["Retry-After"] = "60"
    return response


def init_errors(app: Flask) -> None:
    """Install the error pages."""

    def http_error(fault: HTTPException) -> Response:
        if fault.response is not None:
            return make_response(fault.response)
        db.session.rollback()
        if request_ctx.url_adapter is None:
            # Asked under a name that is not this site's, there is no address to put into a page.
            return Response("This site does not answer to that name.\n", 400, mimetype="text/plain")
        code = fault.code or 500
        own_words = (
            fault.description
            if code == 400 and fault.description != type(fault).description
            else ""
        )
        response = error_page(code, str(own_words or ""))
        if code == 405 and getattr(fault, "valid_methods", None):
            response.headers["Allow"] = ", ".join(fault.valid_methods)  # type: ignore[attr-defined]  # MethodNotAllowed
        return response

    def forged(_fault: CSRFError) -> Response:
        db.session.rollback()
        return error_page(
            400,
            _(
                "This form was opened before you signed in, or in another window. Go back, load the page anew and "
                "send it again."
            ),
        )

    def database_away(fault: OperationalError) -> Response:
        db.session.rollback()
        log.error("database_unavailable", extra={"fault": type(fault.orig).__name__})
        return error_page(503)

    def refused_by_database(fault: DBAPIError) -> Response:
        db.session.rollback()
        log.error("database_refused", exc_info=fault)
        return error_page(503 if fault.connection_invalidated else 500)

    def unexpected(fault: Exception) -> Response:
        if app.config["PROPAGATE_EXCEPTIONS"] and app.testing:
            raise fault
        db.session.rollback()
        log.error("request_failed", exc_info=fault)
        return error_page(InternalServerError.code)

    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(DBAPIError, refused_by_database)
    app.register_error_handler(Exception, unexpected)
