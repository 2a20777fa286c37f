"""The pages of the handover: all a successor must know, on one page and one paper, and the act of passing on."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, g, make_response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from core.actions.words import LOOKS, STATUSES
from core.database import db
from core.directory.services import (
    Conflict,
    RolesRefused,
    find_membership,
    holds,
    in_force,
    name_of,
)
from core.forms import valid_id
from core.handover import paper, passing, services
from core.handover.forms import NoteForm, PassForm, note_form, pass_form
from core.home.agenda import STATES, first_day
from core.i18n import current_zone, ngettext, today
from core.i18n import gettext as _
from core.identity.models import Membership, Organisation
from core.permissions import Permission, Role, requires
from core.printing import PrintingFailed
from core.web import city_hooks, see_other, viewer

bp = Blueprint("handover", __name__)


@bp.get("/<city_slug>/handover")
@requires(Permission.HAND_OVER)
def index() -> AnyResponse:
    """All that a successor must know; for who only keeps people in order, whose role can be handed over."""
    if not viewer().may(Permission.KEEP_NETWORK):
        return make_response(render_template("handover/whose.html", holders=_holders()))
    editing = request.args.get("note") == "edit"
    return _page(editing=editing)


def _page(
    form: NoteForm | None = None,
    *,
    editing: bool = False,
    theirs: str | None = None,
    status: int = 200,
) -> AnyResponse:
    who, day = viewer(), today()
    found = services.gather(who, city_hooks(), day)
    if form is None and editing:
        form = note_form(
            None,
            g.city.languages,
            text=found.note.text,
            language=found.note.language or g.language,
            version=found.note.version,
        )
    return make_response(
        render_template(
            "handover/index.html",
            found=found,
            form=form,
            theirs=theirs,
            pass_form=pass_form(
                None, found.candidates, own=True, moves_actions=bool(found.mine_number)
            ),
            own=True,
            whose=None,
            day=day,
            kinds={one.kind for one in found.waiting},
            states=STATES,
            statuses=STATUSES,
            looks=LOOKS,
            day_of=lambda entry: max(day, first_day(entry, current_zone())),
            days_since=lambda then: (day - then).days,
        ),
        status,
    )


def _holders() -> list[tuple[Membership, str, bool]]:
    """Who holds the role, those who have left it behind first; at most one query."""
    rows = db.session.execute(
        select(Membership, Organisation.names)
        .outerjoin(
            Organisation,
            (Organisation.city_id == Membership.city_id)
            & (Organisation.id == Membership.organisation_id),
        )
        .where(holds(Role.FOCAL_POINT.value, Membership.roles), Membership.merged_into.is_(None))
        .order_by(Membership.active, Membership.sort_key, Membership.id)
        .limit(100)
    )
    return [
        (row.Membership, name_of(row.names or {}, g.language), in_force(row.Membership, today()))
        for row in rows
    ]


# -- The note --------------------------------------------------------------------------------------------------


@bp.post("/<city_slug>/handover/note")
@requires(Permission.KEEP_NETWORK)
def note() -> AnyResponse:
    """Keep the note; when two write at once, the second sees what the first has saved, and loses nothing."""
    form = note_form(request.form, g.city.languages)
    if not form.validate():
        return _page(form, status=422)
    try:
        services.write_note(
            viewer(), form.text.data or "", form.language.data or g.language, form.version.number
        )
        db.session.commit()
    except (Conflict, IntegrityError):
        # Both wrote the first note at the same moment, or one after the other.
        db.session.rollback()
        stored = services.note()
        form.version.data = str(stored.version)
        return _page(form, theirs=stored.text, status=409)
    flash(_("The note is saved."), "done")
    return see_other(url_for("handover.index", _anchor="note"))


# -- On paper --------------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/handover.pdf")
@requires(Permission.KEEP_NETWORK)
def printed() -> AnyResponse:
    """The page as a paper. Its name says the city and the day, and nobody's name."""
    day = today()
    found = services.gather(viewer(), city_hooks(), day)
    try:
        content = paper.handover_paper(found, viewer(), day)
    except PrintingFailed:
        abort(503)
    answer = make_response(content)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = (
        f'inline; filename="{g.city.slug}-handover-{day.isoformat()}.pdf"'
    )
    return answer


# -- Passing on ------------------------------------------------------------------------------------------------


def _whose() -> Membership:
    """Whose role is handed over: one's own, or, for who may give roles, that of somebody else."""
    who = viewer()
    asked = request.values.get("from", "") or who.membership_id
    leaving = find_membership(asked) if valid_id(asked) else None
    if leaving is None or leaving.merged_into:
        abort(404)
    if leaving.id != who.membership_id and not who.may(Permission.ASSIGN_ROLES):
        abort(404)
    return leaving


def _choices(leaving: Membership) -> Sequence[services.Candidate]:
    return services.candidates(g.language, today(), leaving.person_id)


@bp.get("/<city_slug>/handover/pass")
@requires(Permission.HAND_OVER)
def choose() -> AnyResponse:
    """Choose to whom and how; once that is chosen, what exactly will happen, before it does."""
    leaving = _whose()
    if Role.FOCAL_POINT.value not in leaving.roles:
        return see_other(url_for("handover.index"))
    own = leaving.id == viewer().membership_id
    chosen = "successor" in request.args
    form = pass_form(
        request.args if chosen else None,
        _choices(leaving),
        own=own,
        moves_actions=passing.may_move_actions(viewer(), leaving),
    )
    if not chosen:
        return _form_page(form, leaving)
    if not form.validate():
        return _form_page(form, leaving, status=422)
    plan = _plan(form, leaving)
    return _form_page(form, leaving, status=422) if plan is None else _confirm(form, plan)


def _plan(form: PassForm, leaving: Membership) -> passing.Plan | None:
    """What would happen; None with the reason at the field, if it may not."""
    successor = find_membership(form.successor.data or "")
    assert successor is not None  # noqa: S101  the field takes nothing that it does not offer
    try:
        return passing.make_plan(viewer(), leaving, successor, form.wish())
    except RolesRefused as fault:
        form.successor.errors = [_refusal(fault)]
        return None


def _refusal(fault: RolesRefused) -> str:
    return {
        "own": _("Nobody makes themselves the focal point. Ask another administrator."),
        "not_yours": _("Only a city administrator does this for somebody else."),
        "gone": _("The role was handed over or taken meanwhile."),
        "nobody": _("This person has no account, or is not in the network now. Choose another."),
        "last": _(
            "This is the last city administrator, whose membership cannot end. Untick that, or give the role to "
            "somebody else first."
        ),
    }[fault.reason]


def _form_page(form: PassForm, leaving: Membership, *, status: int = 200) -> AnyResponse:
    own = leaving.id == viewer().membership_id
    page = render_template(
        "handover/pass.html", pass_form=form, own=own, whose=None if own else leaving
    )
    return make_response(page, status)


def _confirm(
    form: PassForm, plan: passing.Plan, *, changed: bool = False, status: int = 200
) -> AnyResponse:
    page = render_template("handover/confirm.html", form=form, plan=plan, changed=changed)
    return make_response(page, status)


@bp.post("/<city_slug>/handover/pass")
@requires(Permission.HAND_OVER)
def act() -> AnyResponse:
    """Hand over: one act, all of it or nothing."""
    leaving = _whose()
    own = leaving.id == viewer().membership_id
    form = pass_form(
        request.form,
        _choices(leaving),
        own=own,
        moves_actions=passing.may_move_actions(viewer(), leaving),
    )
    if not form.validate():
        return _form_page(form, leaving, status=422)
    plan = _plan(form, leaving)
    if plan is None:
        return _form_page(form, leaving, status=422)
    try:
        moved = passing.pass_on(viewer(), plan, (_number("leaving"), _number("taking")))
    except RolesRefused as fault:
        db.session.rollback()
        form.successor.errors = [_refusal(fault)]
        return _form_page(form, _whose(), status=422)
    except Conflict:
        db.session.rollback()
        fresh = _plan(form, _whose())
        if fresh is None:
            return _form_page(form, _whose(), status=409)
        return _confirm(form, fresh, changed=True, status=409)
    db.session.commit()
    if own and not plan.wish.substitute:
        # The session has ended with the role, and what is kept in it for the next page with it.
        return make_response(
            render_template("handover/done.html", plan=plan, said=_told(plan, moved))
        )
    flash(_told(plan, moved), "done")
    return see_other(url_for("handover.index"))


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _told(plan: passing.Plan, moved: int) -> str:
    name = plan.successor.shown_name
    if plan.wish.substitute:
        said = _("%(name)s is focal point too.", name=name)
    else:
        said = _("%(name)s is the focal point now.", name=name)
    if moved:
        said += " " + ngettext("%(num)s action went along.", "%(num)s actions went along.", moved)
    return said
