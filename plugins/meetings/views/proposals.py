"""What members propose: the list, the form, and the answer."""

from typing import Any

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    MadeAlready,
    Period,
    Ref,
    db,
    format_period,
    once_of,
    requires,
    see_other,
    subject_link,
    valid_id,
    viewer,
)
from core.api import gettext as _
from plugins.meetings.forms.agenda import AnswerForm, ProposalForm
from plugins.meetings.permissions import Permission
from plugins.meetings.services.access import may_answer
from plugins.meetings.services.agenda import TooMany
from plugins.meetings.services.bodies import list_bodies
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.proposals import (
    AnsweredAlready,
    WordNeeded,
    answer,
    find_proposal,
    is_proposed,
    list_discussed,
    list_proposals,
    propose,
    takes_it_up,
    withdraw,
)
from plugins.meetings.views.common import bp, languages
from plugins.meetings.words import OPEN_TO, PROPOSAL_STATES


@bp.get("/proposals")
@requires(Permission.SEE)
def proposals() -> str:
    """What was proposed and what became of it, those that wait first; or what was discussed in a year or quarter."""
    who = viewer()
    if period := Period.named(request.args.get("discussed", "")):
        return _discussed(period)
    state = request.args.get("state", "")
    mine = bool(request.args.get("mine"))
    return render_template(
        "meetings/proposals.html",
        lines=list_proposals(who, state=state if state in PROPOSAL_STATES else "", mine=mine),
        state=state,
        mine=mine,
        may_answer=may_answer(who),
        may_propose=who.may(Permission.TAKE_PART),
    )


def _discussed(period: Period) -> str:
    who = viewer()
    asked: dict[str, Any] = {"discussed": period.name}
    if for_all := request.args.get("open_to") == "all":
        asked["open_to"] = "all"
    page = list_discussed(
        period,
        who,
        for_all=for_all,
        before=request.args.get("before", ""),
        after=request.args.get("after", ""),
    )
    tokens = [(_("Discussed: %(period)s", period=format_period(period)), url_for(".proposals"))]
    if for_all:
        tokens.append((str(OPEN_TO["all"]), url_for(".proposals", discussed=period.name)))
    return render_template(
        "meetings/proposals.html",
        lines=page.lines,
        discussed=True,
        count=page.count,
        tokens=tokens,
        page={
            "previous_url": page.before and url_for(".proposals", **asked, before=page.before),
            "next_url": page.after and url_for(".proposals", **asked, after=page.after),
        },
        may_propose=who.may(Permission.TAKE_PART),
    )


def _subject() -> Ref | None:
    """The record of any plugin that is put on an agenda, from the address; what names nothing is dropped."""
    plugin, kind, identifier = (request.args.get(name, "") for name in ("plugin", "kind", "id"))
    if not (plugin and kind and identifier):
        return None
    return Ref(plugin[:60], kind[:60], identifier[:40])


@bp.get("/propose")
@requires(Permission.TAKE_PART)
def propose_form() -> str:
    """The form; for a record of another plugin with its title."""
    who = viewer()
    values: dict[str, Any] = {"language": who.locale}
    subject = _subject()
    link = subject_link(subject, who) if subject else None
    if link is not None:
        values |= {"title": link.title[:200], "language": link.language or who.locale}
        values["restricted"] = link.restricted
    if valid_id(request.args.get("body", "")):
        values["body_id"] = request.args["body"]
    return _form_page(ProposalForm(data=values), subject if link else None)


def _form_page(form: ProposalForm, subject: Ref | None) -> str:
    who = viewer()
    form.offer(
        [(each.id, each.name) for each in list_bodies(who.locale) if each.active], languages()
    )
    return render_template(
        "meetings/propose.html",
        form=form,
        subject=subject,
        link=subject_link(subject, who) if subject else None,
    )


@bp.post("/propose")
@requires(Permission.TAKE_PART)
def send_proposal() -> AnyResponse | tuple[str, int]:
    """Propose it; sent twice, the same form makes one proposal."""
    who = viewer()
    form = ProposalForm(request.form)
    subject = _subject()
    if subject is not None and subject_link(subject, who) is None:
        # What one may not see cannot be put on an agenda either.
        subject = None
    form.offer(
        [(each.id, each.name) for each in list_bodies(who.locale) if each.active], languages()
    )
    once = once_of(form, is_proposed)
    if once.made:
        return see_other(url_for(".proposals", mine=1))
    if not form.validate():
        return _form_page(form, subject), 422
    try:
        with once.making():
            propose(form.entry(), who, subject=subject, identifier=once.identifier)
            db.session.commit()
    except MadeAlready:
        return see_other(url_for(".proposals", mine=1))
    flash(_("It is proposed. You are told what becomes of it."), "done")
    return see_other(url_for(".proposals", mine=1))


@bp.get("/proposals/<string(length=16):proposal_id>")
@requires(Permission.SEE)
def proposal(proposal_id: str) -> str:
    """One proposal, what became of it, and for those who prepare the agenda the answer."""
    return _page(proposal_id, AnswerForm(data={"state": "accepted"}))


def _page(proposal_id: str, form: AnswerForm) -> str:
    who = viewer()
    if find_proposal(proposal_id, who) is None:
        abort(404)
    [line] = list_proposals(who, ids=[proposal_id])
    answers = may_answer(who) and line.state in {"waiting", "deferred"}
    coming = takes_it_up(line.body_id) if answers else None
    return render_template(
        "meetings/proposal.html",
        line=line,
        form=form,
        may_answer=answers,
        coming=read_meeting(coming.id, who, items=False) if coming is not None else None,
        may_withdraw=line.own and line.state in {"waiting", "deferred"},
        link=subject_link(line.subject, who) if line.subject else None,
    )


@bp.post("/proposals/<string(length=16):proposal_id>/answer")
@requires(Permission.CONVENE)
def answer_proposal(proposal_id: str) -> AnyResponse | tuple[str, int]:
    """Accept, return or defer a proposal."""
    who = viewer()
    found = find_proposal(proposal_id, who, for_change=True)
    if found is None:
        abort(404)
    form = AnswerForm(request.form)
    if not form.validate() or not form.says_enough():
        return _page(proposal_id, form), 422
    try:
        answer(found, form.state.data, form.word.data or "", who)
        db.session.commit()
    except TooMany:
        db.session.rollback()
        flash(_("The agenda is full. Remove an item first."), "wait")
    except (AnsweredAlready, WordNeeded):
        db.session.rollback()
        flash(_("Somebody else has answered this proposal in the meantime."), "wait")
    else:
        flash(_("Whoever proposed it is told."), "done")
    return see_other(url_for(".proposal", proposal_id=proposal_id))


@bp.post("/proposals/<string(length=16):proposal_id>/withdraw")
@requires(Permission.TAKE_PART)
def withdraw_proposal(proposal_id: str) -> AnyResponse:
    """Take one's own proposal back."""
    found = find_proposal(proposal_id, viewer(), for_change=True)
    if found is None or found.proposed_by != viewer().membership_id:
        abort(404)
    try:
        withdraw(found, viewer())
        db.session.commit()
    except AnsweredAlready:
        db.session.rollback()
        flash(_("It was answered in the meantime."), "wait")
    else:
        flash(_("The proposal is taken back."), "done")
    return see_other(url_for(".proposals", mine=1))
