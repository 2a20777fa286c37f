"""One action: added, read, changed, and how far it is."""

from typing import Any

from flask import abort, flash, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.actions import access, listing, services
from core.actions.forms import ActionForm, ReasonForm, action_form
from core.actions.models import Action
from core.actions.people import Actor, Actors, actors
from core.actions.views.blueprint import bp
from core.actions.words import LOOKS, STATUSES, Status
from core.content.owners import describe
from core.content.services import translations_of
from core.content.shown import STATES, translations_url
from core.database import db
from core.directory.services import people_by_membership
from core.directory.views.common import Difference, differences
from core.forms import valid_id
from core.i18n import format_date, today
from core.i18n import gettext as _
from core.once import MadeAlready, once_of
from core.permissions import Permission, requires
from core.values import Link, Ref
from core.web import back_to, city_hooks, see_other, viewer

SUBJECT = "/<city_slug>/actions/on/<plugin>/<kind>/<record_id>"


def _described(ref: Ref) -> Link | None:
    return describe([ref], viewer(), city_hooks()).get(ref)


def _found(identifier: str, *, for_change: bool = False) -> Action:
    """The action, for who may see it or what it hangs on; else it is not there."""
    action = services.find_any(identifier, for_change=for_change) if valid_id(identifier) else None
    if action is None or not _may_open(action):
        abort(404)
    return action


def _may_open(action: Action) -> bool:
    return bool(access.opened([action], viewer()))


# -- Adding ------------------------------------------------------------------------------------------------


def _language() -> str:
    # Written in the language of the page, if that is one of the city's.
    own: str = g.language
    return own if own in g.city.languages else str(g.city.default_language)


def _own(everybody: Actors) -> Actor | None:
    return everybody.find(Actor("", viewer().membership_id).value)


def _form_page(
    form: ActionForm, *, status: int = 200, action: Action | None = None, **values: Any
) -> AnyResponse:
    page = render_template("actions/form.html", form=form, action=action, **values)
    return make_response(page, status)


@bp.route("/<city_slug>/actions/new", methods=["GET", "POST"])
@requires(Permission.ADD_ACTIONS)
def new() -> AnyResponse:
    """An action of its own, that hangs on nothing."""
    return _add(None, None)


@bp.route(SUBJECT, methods=["GET", "POST"])
@requires(Permission.ADD_ACTIONS)
def new_on(plugin: str, kind: str, record_id: str) -> AnyResponse:
    """An action that hangs on a record which the reader may see."""
    subject = Ref(plugin, kind, record_id)
    link = _described(subject)
    if link is None:
        abort(404)
    return _add(subject, link)


def _add(subject: Ref | None, link: Link | None) -> AnyResponse:
    who = viewer()
    everybody = actors(g.language, today())
    if request.method == "GET":
        form = action_form(None, everybody, chosen=_own(everybody))
        return _form_page(form, subject=link)
    form = action_form(request.form, everybody)
    once = once_of(form, services.is_added)
    target = link.url if link else url_for("actions.index", whose="all")
    if once.made:
        return see_other(target)
    if not form.validate():
        return _form_page(form, status=422, subject=link)
    try:
        with once.making():
            action = services.add_action(
                form.entry(everybody, _language()),
                who,
                subject=subject,
                restricted=link is not None and link.restricted,
                identifier=once.identifier,
            )
            mine = action.assignee_id == who.membership_id
            db.session.commit()
    except (services.NotOfOrganisation, services.NoSuchOrganisation):
        form.who.errors = [_gone()]
        return _form_page(form, status=422, subject=link)
    except MadeAlready:
        return see_other(target)
    flash(_("The action is added."), "done")
    if link is None:
        target = url_for("actions.index") if mine else url_for("actions.index", whose="all")
    return see_other(target)


def _gone() -> str:
    return _("Whoever you chose is not in the network any more. Choose somebody else.")


# -- Reading -----------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/actions/<string(length=16):action_id>")
@requires(Permission.SEE_ACTIONS)
def detail(action_id: str) -> str:
    """What is to be done, by whom and by when; how far it is, and what was changed."""
    who, action = viewer(), _found(action_id)
    subject = access.subject_of(action)
    link = _described(subject) if subject else None
    names = listing.names_of_organisations(g.language)
    people = people_by_membership([action.assignee_id or "", action.created_by or ""])
    changes = services.history(action)
    involved = {
        str(value)
        for change in changes
        for value in change.fields.get("assignee_id", ())
        if value is not None
    }
    people |= people_by_membership(involved - set(people))
    ref = access.ref_of(action.id)
    told = translations_of([ref]).get(ref) if subject is not None else None
    return render_template(
        "actions/detail.html",
        action=action,
        words=listing.translation_for(told or {}, action.language, g.language),
        translations=translations_url(ref) if told is not None else "",
        late=not action.closed and action.due_on < today(),
        organisation=names.get(action.organisation_id, ""),
        assignee=people.get(action.assignee_id or "", ""),
        added_by=people.get(action.created_by or "", ""),
        subject=link,
        has_subject=subject is not None,
        history=[(change, _in_words(change.fields, names, people)) for change in changes],
        statuses=STATUSES,
        looks=LOOKS,
        text_states=STATES,
        may_settle=access.may_settle(action, who),
        may_change=access.may_change(action, who),
    )


def _in_words(
    fields: dict[str, Any], names: dict[str, str], people: dict[str, str]
) -> list[tuple[str, str, str]]:
    """Each changed field with both values, as people read them."""
    from datetime import date

    nobody = _("nobody yet")

    def said(name: str, value: Any) -> str:
        match name:
            case "status":
                return str(STATUSES.get(value, value))
            case "organisation_id":
                return names.get(value, "")
            case "assignee_id":
                return people.get(value, "") if value else nobody
            case "due_on":
                return format_date(date.fromisoformat(value), "medium")
            case _:
                return str(value or "")

    labels = {
        "text": _("What is to be done"),
        "organisation_id": _("Organisation"),
        "assignee_id": _("Person"),
        "due_on": _("By when"),
        "status": _("State"),
        "reason": _("Why"),
    }
    return [
        (labels[name], said(name, both[0]), said(name, both[1]))
        for name, both in fields.items()
        if name in labels
    ]


# -- Changing ----------------------------------------------------------------------------------------------


@bp.route("/<city_slug>/actions/<string(length=16):action_id>/edit", methods=["GET", "POST"])
@requires(Permission.ADD_ACTIONS)
def edit(action_id: str) -> AnyResponse:
    """Change words, date, organisation or person."""
    sent = request.method == "POST"
    action = _found(action_id, for_change=sent)
    if not access.may_change(action, viewer()):
        abort(403)
    everybody = actors(g.language, today(), action)
    kept = Actor(action.organisation_id, action.assignee_id)
    form = action_form(
        request.form if sent else None,
        everybody,
        chosen=kept,
        text=action.text,
        due_on=action.due_on,
        version=action.version,
    )
    form.due_before = action.due_on
    if not sent:
        return _form_page(form, action=action)
    if not form.validate():
        return _form_page(form, status=422, action=action)
    try:
        services.change_action(
            action, form.entry(everybody, _language()), form.version.number, viewer()
        )
    except (services.NotOfOrganisation, services.NoSuchOrganisation):
        form.who.errors = [_gone()]
        return _form_page(form, status=422, action=action)
    except services.Conflict as conflict:
        stored = services.entry_of(conflict.current)
        theirs = action_form(
            None,
            everybody,
            chosen=Actor(stored.organisation_id, stored.assignee_id),
            text=stored.text,
            due_on=stored.due_on,
        )
        form.version.data = str(conflict.current.version)
        return _form_page(form, status=409, action=action, clash=differences(form, theirs))
    db.session.commit()
    flash(_("Saved."), "done")
    if not _may_open(action):
        # Given away to others, who alone may see it now.
        return see_other(url_for("actions.index"))
    return see_other(url_for("actions.detail", action_id=action.id))


@bp.post(
    "/<city_slug>/actions/<string(length=16):action_id>/status/<any(open, in_progress, done):status>"
)
@requires(Permission.SEE_ACTIONS)
def set_status(action_id: str, status: str) -> AnyResponse:
    """Say in one press how far an action is; what needs a reason has a page of its own."""
    action = _settled_by_reader(action_id)
    before = services.set_status(action, Status(status), viewer(), today())
    db.session.commit()
    here = url_for("actions.detail", action_id=action.id)
    if before == status:
        return back_to(here)
    text = _("Done. Thank you.") if status == Status.DONE else _("Noted.")
    # What was given a reason is opened again without it.
    again = before if before in {Status.OPEN, Status.IN_PROGRESS, Status.DONE} else Status.OPEN
    undo = url_for("actions.set_status", action_id=action.id, status=str(again))
    flash({"text": text, "undo": undo}, "done")  # type: ignore[arg-type]  # the page reads mappings
    return back_to(here)


def _settled_by_reader(action_id: str) -> Action:
    action = _found(action_id, for_change=request.method == "POST")
    if not access.may_settle(action, viewer()):
        abort(403)
    return action


@bp.route(
    "/<city_slug>/actions/<string(length=16):action_id>/reason/<any(blocked, not_possible):status>",
    methods=["GET", "POST"],
)
@requires(Permission.SEE_ACTIONS)
def give_reason(action_id: str, status: str) -> AnyResponse:
    """Say why an action is blocked or not possible; that is not the same as not done."""
    action = _settled_by_reader(action_id)
    sent = request.method == "POST"
    form = ReasonForm(request.form if sent else None, reason=action.reason, version=action.version)
    if not sent:
        return _reason_page(form, action, status)
    if not form.validate():
        return _reason_page(form, action, status, code=422)
    try:
        services.set_status(
            action,
            Status(status),
            viewer(),
            today(),
            reason=form.reason.data or "",
            version=form.version.number,
        )
    except services.Conflict as conflict:
        form.version.data = str(conflict.current.version)
        stored = ReasonForm(None, reason=conflict.current.reason)
        return _reason_page(form, action, status, code=409, clash=differences(form, stored))
    db.session.commit()
    undo = url_for("actions.set_status", action_id=action.id, status="open")
    flash({"text": _("Noted."), "undo": undo}, "done")  # type: ignore[arg-type]  # the page reads mappings
    return see_other(url_for("actions.detail", action_id=action.id))


def _reason_page(
    form: ReasonForm,
    action: Action,
    status: str,
    *,
    code: int = 200,
    clash: list[Difference] | None = None,
) -> AnyResponse:
    page = render_template(
        "actions/reason.html",
        form=form,
        action=action,
        status=status,
        clash=clash,
        late=not action.closed and action.due_on < today(),
        statuses=STATUSES,
        looks=LOOKS,
    )
    return make_response(page, code)
