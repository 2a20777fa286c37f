"""The pages of the city's glossary."""

from dataclasses import dataclass

from flask import abort, flash, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.content import glossary as words
from core.content.forms import TermForm, term_form
from core.content.models import Term
from core.content.views.common import bp, named
from core.database import db
from core.forms import clean
from core.i18n import gettext as _
from core.i18n import ngettext
from core.once import MadeAlready, once_of
from core.permissions import Permission, requires
from core.web import see_other, viewer


@dataclass(frozen=True, slots=True)
class Pager:
    """The addresses of the neighbouring pages."""

    previous_url: str
    next_url: str


@bp.get("/<city_slug>/translations/glossary")
@requires(Permission.TRANSLATE_CONTENT)
def glossary() -> str:
    """The words the city has agreed on."""
    asked = (clean(request.args.get("q", "")) or "")[:100]
    page = words.terms(
        asked, before=request.args.get("before", ""), after=request.args.get("after", "")
    )

    def address(name: str, mark: str) -> str:
        kept = {"q": asked} if asked else {}
        return url_for("content.glossary", **kept, **{name: mark}) if mark else ""  # type: ignore[arg-type]  # the arguments of the address alone

    return render_template(
        "content/glossary.html",
        terms=page.terms,
        pager=Pager(address("before", page.before), address("after", page.after)),
        q=asked,
        languages={code: named(code) for code in g.city.languages},
        offered=len(words.offered()),
    )


def _term(identifier: str) -> Term:
    found = words.find_term(identifier)
    if found is None:
        abort(404)
    return found


def _form_page(
    form: TermForm, term: Term | None, *, theirs: Term | None = None, status: int = 200
) -> AnyResponse:
    page = render_template(
        "content/term.html",
        form=form,
        term=term,
        theirs=[
            (form[f"word-{code}"], theirs.words.get(code, ""))
            for code in form.codes
            if theirs is not None
            and (form[f"word-{code}"].data or "") != theirs.words.get(code, "")
        ],
        clash=theirs is not None,
        named=named,
    )
    return make_response(page, status)


@bp.get("/<city_slug>/translations/glossary/new")
@requires(Permission.TRANSLATE_CONTENT)
def term_new() -> AnyResponse:
    """The form for a new word."""
    return _form_page(term_form(None, g.city.languages), None)


@bp.post("/<city_slug>/translations/glossary/new")
@requires(Permission.TRANSLATE_CONTENT)
def term_add() -> AnyResponse:
    """Add a word; sent twice, the same form adds one."""
    form = term_form(request.form, g.city.languages)
    once = once_of(form, words.find_term)
    if once.made:
        return see_other(url_for("content.glossary"))
    if not form.validate():
        return _form_page(form, None, status=422)
    try:
        with once.making():
            words.add_term(form.words(), form.note.data or "", viewer(), identifier=once.identifier)
            db.session.commit()
    except words.Full:
        db.session.rollback()
        form.note.errors = [_full()]
        return _form_page(form, None, status=422)
    except MadeAlready:
        return see_other(url_for("content.glossary"))
    flash(_("The word is in the glossary."), "done")
    return see_other(url_for("content.glossary"))


def _full() -> str:
    return _("The glossary is full. Remove words that are no longer needed.")


@bp.get("/<city_slug>/translations/glossary/<term_id>")
@requires(Permission.TRANSLATE_CONTENT)
def term_edit(term_id: str) -> AnyResponse:
    """The form with what is stored."""
    term = _term(term_id)
    return _form_page(term_form(None, g.city.languages, term), term)


@bp.post("/<city_slug>/translations/glossary/<term_id>")
@requires(Permission.TRANSLATE_CONTENT)
def term_save(term_id: str) -> AnyResponse:
    """Change a word. If somebody else did in between, show both and lose nothing."""
    term = _term(term_id)
    form = term_form(request.form, g.city.languages, term)
    if not form.validate():
        return _form_page(form, term, status=422)
    try:
        words.change_term(term, form.words(), form.note.data or "", viewer(), form.version.number)
        db.session.commit()
    except words.Conflict as conflict:
        form.version.data = str(conflict.current.version)
        return _form_page(form, term, theirs=conflict.current, status=409)
    flash(_("Saved."), "done")
    return see_other(url_for("content.glossary"))


@bp.post("/<city_slug>/translations/glossary/<term_id>/remove")
@requires(Permission.TRANSLATE_CONTENT)
def term_remove(term_id: str) -> AnyResponse:
    """Remove a word; the page has asked before."""
    words.remove_term(_term(term_id))
    db.session.commit()
    flash(_("The word is removed from the glossary."), "done")
    return see_other(url_for("content.glossary"))


@bp.get("/<city_slug>/translations/glossary/offered")
@requires(Permission.TRANSLATE_CONTENT)
def terms_offered() -> str:
    """The words that come with Maillage, to choose from."""
    return render_template(
        "content/offered.html",
        offered=words.offered(),
        languages={code: named(code) for code in g.city.languages},
    )


@bp.post("/<city_slug>/translations/glossary/offered")
@requires(Permission.TRANSLATE_CONTENT)
def terms_take() -> AnyResponse:
    """Take the chosen words over."""
    try:
        number = words.take_offered(request.form.getlist("word"), viewer())
        db.session.commit()
    except words.Full:
        db.session.rollback()
        flash(_full(), "late")
        return see_other(url_for("content.glossary"))
    flash(
        ngettext("%(num)s word was added.", "%(num)s words were added.", number)
        if number
        else _("No word was chosen."),
        "done" if number else "wait",
    )
    return see_other(url_for("content.glossary"))
