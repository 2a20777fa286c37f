"""The one page: what is lent."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import db, new_id, requires, see_other, valid_id, viewer

from . import services
from .forms import ThingForm
from .permissions import LendingPermission

bp = Blueprint("lending", __name__, template_folder="templates")


@bp.get("/")
@requires(LendingPermission.SEE)
def index() -> str:
    """The list, and the form below it for those who may lend."""
    return render_template("lending/index.html", things=services.things(), form=ThingForm())


@bp.post("/")
@requires(LendingPermission.LEND)
def add() -> AnyResponse | tuple[str, int]:
    """Add a thing."""
    form = ThingForm(request.form)
    if not form.validate():
        return render_template("lending/index.html", things=services.things(), form=form), 422
    once = str(form.once.data)
    services.add_thing(once if valid_id(once) else new_id(), str(form.title.data), viewer())
    db.session.commit()
    return see_other(url_for("lending.index"))
