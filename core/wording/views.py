"""The page on which a word is reported, and the pages of the settings on which reports are settled."""

import re
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from core.cities.views import settings_tabs
from core.database import db
from core.forms import clean, valid_id
from core.i18n import LANGUAGES, language_name, upper_first
from core.i18n import gettext as _
from core.once import once_of
from core.permissions import Permission, member_only, requires
from core.registry import plugin_registry
from core.web import safe_path, see_other, viewer
from core.wording import catalogue, export, services
from core.wording.forms import ReportForm, SettleForm
from core.wording.models import Report

bp = Blueprint("wording", __name__)
bp.context_processor(settings_tabs)

NONE_OF_THESE = "none"


# -- Reporting -----------------------------------------------------------------------------------------------


def _back(page: str) -> str:
    """The page that the reader came from, if it is one of this site."""
    return page if safe_path(page) else ""


def rule_of(page: str) -> str:
    """The address of a page without what it names: ``/activities/…/edit``. Empty where it is no page of ours.

    Identifiers of records are left out, and so is all that follows a question mark: who reads the report need
    not know whose page it was.
    """
    path = page.partition("?")[0].partition("#")[0]
    try:
        rule, _values = current_app.url_map.bind("").match(path, method="GET", return_rule=True)
    except (HTTPException, RequestRedirect):
        return ""
    shown = re.sub(r"^/<city_slug>", "", rule.rule)
    return re.sub(r"<[^>]*>", "…", shown)[:200] or "/"


def _owners() -> dict[str, str]:
    titles = {name: str(plugin.title) for name, plugin in plugin_registry().plugins.items()}
    return {"core": "Maillage"} | titles


def _report_page(
    form: ReportForm, candidates: list[catalogue.Candidate], *, status: int = 200
) -> AnyResponse:
    page = render_template(
        "wording/report.html",
        form=form,
        candidates=candidates,
        owners=_owners(),
        readable=catalogue.readable,
        places=catalogue.places,
        back=_back(form.page.data or ""),
        none_of_these=NONE_OF_THESE,
        own=services.own_reports(viewer()),
        states=services.STATES,
        shown=export.shown,
    )
    return make_response(page, status)


@bp.get("/<city_slug>/wording/report")
@member_only
def report() -> AnyResponse:
    """Say that a text of the interface reads wrong, and what became of one's earlier reports."""
    page = (clean(request.args.get("page")) or "").partition("?")[0]
    return _report_page(ReportForm(page=_back(page)), [])


@bp.post("/<city_slug>/wording/report")
@member_only
def report_send() -> AnyResponse:
    """Keep a report; where several texts could be meant, ask which one first."""
    form = ReportForm(request.form)
    if not form.validate():
        return _report_page(form, [], status=422)
    candidates = catalogue.find(form.words.data or "", g.language)
    found = _chosen(form, candidates)
    if found is None and candidates and form.choice.data != NONE_OF_THESE:
        if form.choice.data:
            # What was offered before is not what the words find now, since they were changed.
            form.choice.data = None
        return _report_page(form, candidates)
    # Who reports the same again joins the report that is there, whichever press made it.
    once = once_of(form, services.find_report)
    try:
        services.report_word(
            viewer(),
            words=form.words.data or "",
            suggestion=form.suggestion.data or "",
            reason=form.reason.data or "",
            page=rule_of(form.page.data or ""),
            found=found,
            identifier=None if once.made else once.identifier,
        )
    except services.TooMany:
        db.session.rollback()
        form.words.errors = [
            _("You have many open reports already. Wait until some of them are settled.")
        ]
        return _report_page(form, [], status=422)
    db.session.commit()
    flash(_("Thank you. Whoever keeps the words of this city sees it now."), "done")
    return see_other(_back(form.page.data or "") or url_for("wording.report"))


def _chosen(form: ReportForm, candidates: list[catalogue.Candidate]) -> catalogue.Candidate | None:
    if form.choice.data:
        return next((one for one in candidates if one.key == form.choice.data), None)
    return catalogue.certain(candidates)


# -- Settling ------------------------------------------------------------------------------------------------


def _argument(name: str, allowed: Any, default: str) -> str:
    value = request.args.get(name, default)
    return value if value in allowed else default


@bp.get("/<city_slug>/settings/words")
@requires(Permission.MANAGE_CITY)
def words() -> str:
    """What readers reported, with the filters in the address."""
    filters = services.read_filters(request.args)
    state, language = filters.show, filters.language
    listing = services.reports(filters, request.args.get("after", ""))
    numbers = services.counts()
    kept: dict[str, Any] = {"show": state, "language": language or None}
    return render_template(
        "wording/words.html",
        listing=listing,
        next_url=url_for("wording.words", **kept, after=listing.after) if listing.after else "",
        first_url=url_for("wording.words", **kept) if "after" in request.args else "",
        show=state,
        chosen=language,
        states=services.STATES,
        languages=[(code, upper_first(language_name(code))) for code in LANGUAGES],
        files=[
            (code, number)
            for code in LANGUAGES
            if (number := numbers.get((code, "accepted"), 0)) and language in {"", code}
        ],
        any_at_all=bool(numbers),
        shown=export.shown,
        english=export.english,
        owners=_owners(),
    )


def _report(identifier: str) -> Report:
    found = services.find_report(identifier) if valid_id(identifier) else None
    if found is None:
        abort(404)
    return found


def _settle_page(
    form: SettleForm, one: Report, *, clash: bool = False, status: int = 200
) -> AnyResponse:
    page = render_template(
        "wording/word.html",
        form=form,
        one=one,
        clash=clash,
        states=services.STATES,
        voices=services.voices_of(one),
        shown=export.shown(one),
        english=export.english(one),
        owners=_owners(),
    )
    return make_response(page, status)


@bp.get("/<city_slug>/settings/words/<report_id>")
@requires(Permission.MANAGE_CITY)
def word(report_id: str) -> AnyResponse:
    """One report: what is wrong, what should stand there, who said so and why."""
    one = _report(report_id)
    decision = one.state if one.state in services.DECISIONS else "accepted"
    form = SettleForm(version=str(one.version), answer=one.answer, decision=decision)
    return _settle_page(form, one)


@bp.post("/<city_slug>/settings/words/<report_id>")
@requires(Permission.MANAGE_CITY)
def settle(report_id: str) -> AnyResponse:
    """Say what becomes of a report."""
    one = _report(report_id)
    form = SettleForm(request.form)
    if not form.validate():
        return _settle_page(form, one, status=422)
    version = str(form.version.data or "")
    try:
        services.settle(
            viewer(),
            one,
            form.decision.data,
            form.answer.data or "",
            int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0,
        )
    except services.Conflict as conflict:
        form.version.data = str(conflict.current.version)
        return _settle_page(form, conflict.current, clash=True, status=409)
    db.session.commit()
    back = url_for("wording.reopen", report_id=one.id)
    flash({"text": _("Settled."), "undo": back}, "done")  # type: ignore[arg-type]  # the page reads mappings
    return see_other(url_for("wording.words"))


@bp.post("/<city_slug>/settings/words/<report_id>/reopen")
@requires(Permission.MANAGE_CITY)
def reopen(report_id: str) -> AnyResponse:
    """Take a settlement back."""
    one = _report(report_id)
    if services.reopen(one):
        flash(_("The report is open again."), "done")
    elif one.state != "open":
        flash(_("The same was reported again meanwhile; settle that report."), "info")
    db.session.commit()
    return see_other(url_for("wording.word", report_id=one.id))


@bp.get("/<city_slug>/settings/words/export")
@requires(Permission.MANAGE_CITY)
def export_file() -> Response:
    """The accepted reports of one language, for translators' tools."""
    language = _argument("language", LANGUAGES, g.language)
    content = export.po_file(language, services.for_translators(language, ["accepted"]))
    response = make_response(content)
    response.mimetype = "text/x-gettext-translation"
    name = f"maillage-{g.city.slug}-{language}.po"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
