"""Handing over what somebody leaves behind: their open actions, to another person or back to an organisation."""

from flask import abort, flash, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.actions import listing, services
from core.actions.forms import HandOverForm
from core.actions.people import actors
from core.actions.views.blueprint import bp
from core.database import db
from core.directory.services import find_membership
from core.forms import valid_id
from core.i18n import gettext as _
from core.i18n import ngettext, today
from core.permissions import Permission, requires
from core.web import see_other, viewer


@bp.route("/<city_slug>/actions/hand-over/<membership_id>", methods=["GET", "POST"])
@requires(Permission.ADD_ACTIONS)
def hand_over(membership_id: str) -> AnyResponse:
    """The open actions of one person, each with a box, and who takes them over.

    One's own, or for who may change any action those of somebody else.
    """
    who = viewer()
    leaving = find_membership(membership_id) if valid_id(membership_id) else None
    if leaving is None:
        abort(404)
    if leaving.id != who.membership_id and not who.may(Permission.MANAGE_ACTIONS):
        abort(403)
    sent = request.method == "POST"
    everybody = actors(g.language, today())
    form = HandOverForm(request.form if sent else None)
    form.to.choices = {"": [("", _("Choose"))], **everybody.choices}
    lines = listing.held_by(leaving.id, who, today(), services.MOST_AT_ONCE)
    # What not every member may see goes to nobody else unless somebody ticks it on purpose.
    offered = [line.id for line in lines if not line.restricted]
    ticked = request.form.getlist("action") if sent else offered
    own = {line.id for line in lines}
    valid = sent and form.validate()
    if sent and not ticked:
        form.form_errors.append(_("Tick what is to be handed over."))
    elif sent and not own.issuperset(ticked):
        form.form_errors.append(
            _(
                "Some of it was finished or handed over meanwhile. Look again, then hand over the rest."
            )
        )
    elif valid:
        actor = everybody.find(form.to.data or "")
        assert actor is not None  # noqa: S101  the field takes nothing that it does not offer
        number = services.reassign(
            ticked,
            actor.organisation_id,
            actor.membership_id,
            who,
            held_by=leaving.id,
        )
        db.session.commit()
        flash(
            ngettext(
                "%(num)s action was handed over.", "%(num)s actions were handed over.", number
            ),
            "done",
        )
        return see_other(url_for("actions.index", whose="all"))
    page = render_template(
        "actions/hand_over.html",
        form=form,
        leaving=leaving,
        lines=lines,
        ticked=set(ticked),
        own=leaving.id == who.membership_id,
    )
    return make_response(page, 422 if sent else 200)
