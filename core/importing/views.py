"""The pages of imports: a file, its columns, what it would do; and who of the imported is to be invited."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    make_response,
    render_template,
    request,
    url_for,
)
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from core.database import db
from core.directory.forms import language_choices
from core.directory.services import Partner, partners
from core.forms import clean
from core.i18n import gettext as _
from core.i18n import known_language, ngettext, today
from core.i18n import pgettext as _p
from core.importing import services
from core.importing.encodings import ENCODINGS
from core.importing.headings import LOOKED_AT, MOST_LINES, Headings
from core.importing.models import PendingTable
from core.importing.people import invite_imported, not_invited
from core.importing.planning import Said, preview_headings
from core.importing.reading import MOST_BYTES, SEPARATORS, Grid, NotATable, read_grid
from core.importing.reasons import doings, line_in_words, titles_of
from core.importing.registry import tables
from core.importing.tables import ImportField, TableImport
from core.importing.words import fold
from core.permissions import Permission, member_only, requires
from core.tenancy import current_city
from core.web import see_other, viewer

bp = Blueprint("importing", __name__)

LINES_SHOWN = 100
_NOTHING = "-"


def _table(kind: str) -> TableImport:
    """The table of that name; 404 if the city has none, or the reader may not fill it."""
    table = tables().get(kind)
    if table is None or not viewer().may(table.permission):
        abort(404)
    return table


def _pending(pending_id: str, table: TableImport) -> PendingTable:
    found = services.find_pending(pending_id, table, viewer())
    if found is None:
        abort(404)
    return found


# -- The file ------------------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/imports/<kind>")
@member_only
def start(kind: str) -> AnyResponse:
    """Choose a spreadsheet."""
    return _start_page(_table(kind))


def _start_page(table: TableImport, fault: str = "") -> AnyResponse:
    page = render_template(
        "importing/start.html", table=table, fault=fault, most=MOST_BYTES // 1024 // 1024
    )
    return make_response(page, 422 if fault else 200)


@bp.post("/<city_slug>/imports/<kind>")
@member_only
def upload(kind: str) -> AnyResponse:
    """Keep the file for a day, if it can be read; nothing else is written."""
    table, who, day = _table(kind), viewer(), today()
    file = request.files.get("file")
    if not isinstance(file, FileStorage) or not file.filename:
        return _start_page(table, _("Choose the spreadsheet first."))
    name, data = clean(file.filename) or "", file.read(MOST_BYTES + 1)
    languages = tuple(current_city().languages)
    # Reading several megabytes takes a while: nobody else should wait for the database meanwhile.
    db.session.rollback()
    try:
        grid = read_grid(data, name, languages, {})
    except NotATable as refused:
        return _start_page(table, str(refused))
    pending = services.keep_file(data, name, grid, table, who, day)
    db.session.commit()
    return see_other(url_for(".columns", kind=kind, pending_id=pending.id))


@bp.get("/<city_slug>/imports/<kind>/template.xlsx")
@member_only
def template(kind: str) -> Response:
    """An empty spreadsheet with the right headings in the reader's language."""
    from core.importing.template import template_file

    table = _table(kind)
    data = template_file(table, table.fields(viewer()), partners(g.language))
    return Response(
        data,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{table.name}.xlsx"'},
    )


# -- Its columns ---------------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/imports/<kind>/<string(length=16):pending_id>/columns")
@member_only
def columns(kind: str, pending_id: str) -> AnyResponse:
    """Say what each column is."""
    table = _table(kind)
    pending = _pending(pending_id, table)
    try:
        grid = services.kept_file(pending).read()
    except NotATable as refused:
        return _start_page(table, str(refused))
    return _columns_page(_Matched(table, pending, grid))


@bp.post("/<city_slug>/imports/<kind>/<string(length=16):pending_id>/reading")
@member_only
def reading(kind: str, pending_id: str) -> AnyResponse:
    """Read the file in another way: another encoding, separator, sheet or heading."""
    table, who = _table(kind), viewer()
    pending = _pending(pending_id, table)
    before = pending.reading
    chosen: dict[str, Any] = {
        name: request.form.get(name, "")
        for name, known in (("encoding", ENCODINGS), ("separator", SEPARATORS))
        if request.form.get(name) in known
    }
    numbers = {
        name: int(text)
        for name in ("sheet", "first", "lines")
        if (text := request.form.get(name, "")).isascii() and text.isdecimal() and len(text) < 4
    }
    chosen |= numbers
    if "sheet" in numbers and numbers["sheet"] != before.get("sheet", numbers["sheet"]):
        # The headings of another sheet stand elsewhere.
        chosen = {"sheet": numbers["sheet"]}
    elif not {"first", "lines"} <= set(numbers):
        chosen = {name: value for name, value in chosen.items() if name not in {"first", "lines"}}
    here = see_other(url_for(".columns", kind=kind, pending_id=pending_id))
    kept = replace(services.kept_file(pending), reading=chosen)
    # As with the upload: the file is read while nobody waits.
    db.session.rollback()
    try:
        kept.read()
    except NotATable as refused:
        # An empty sheet, say: what was read before stays, so that another can be chosen.
        flash(str(refused), "wait")
        return here
    pending = _locked(pending_id, table, who)
    pending.reading, pending.matching, pending.digest = chosen, {}, ""
    db.session.commit()
    return here


def _locked(pending_id: str, table: TableImport, who: Any) -> PendingTable:
    found = services.find_pending(pending_id, table, who, for_change=True)
    if found is None:
        abort(404)
    return found


class _Matched:
    """A file as the page of its columns shows it: what was chosen, what is guessed, what nobody knows."""

    def __init__(
        self,
        table: TableImport,
        pending: PendingTable,
        grid: Grid,
        sent: Mapping[str, str] | None = None,
    ) -> None:
        self.table, self.pending, self.grid = table, pending, grid
        self.fields = table.fields(viewer())
        self.by_name = {each.name: each for each in self.fields}
        guesser = services.guesser_for(table, self.fields)
        self.headings: Headings = services.headings_of(pending, grid, guesser)
        chosen: Sequence[str] = pending.matching.get("columns", ())
        if sent is not None:
            chosen = [
                name if (name := sent.get(f"column-{number}", "")) in self.by_name else ""
                for number in range(grid.width)
            ]
        self.columns = services.columns_of(grid, self.headings, guesser, chosen)
        self.said = services.said_of(pending, self.columns, grid.width)
        earlier = services.remembered_words(table)
        if sent is not None:
            self.said = self._as_sent(sent, earlier)
        self.unknown = services.unknown_words(self.fields, grid, self.headings, self.said, earlier)

    def _as_sent(self, sent: Mapping[str, str], earlier: Mapping[str, Mapping[str, str]]) -> Said:
        columns = self.said.columns
        plain = Said(columns)
        words: dict[str, dict[str, str]] = {}
        for each in services.unknown_words(self.fields, self.grid, self.headings, plain, earlier):
            codes = {code for code, _title in self.choices(each.field)}
            for word, _count, _told in each.words:
                code = sent.get(word_name(each.field, word), "")
                if code == _NOTHING:
                    words.setdefault(each.field.name, {})[fold(word)] = ""
                elif code in codes:
                    words.setdefault(each.field.name, {})[fold(word)] = code
        defaults = {
            each.name: code
            for each in self.fields
            if each.fallback
            and (code := sent.get(f"default-{each.name}", ""))
            in {code for code, _title in self.choices(each)}
        }
        adds = bool(sent.get("add_organisations")) and self.may_add
        return Said(columns, words, defaults, adds)

    @property
    def may_add(self) -> bool:
        """Whether the reader may add organisations."""
        return viewer().may(Permission.MANAGE_ORGANISATIONS)

    def choices(self, each: ImportField) -> list[tuple[str, str]]:
        """What a word can stand for."""
        return services.choices_of(each, self.partners)

    @property
    def partners(self) -> tuple[Partner, ...]:
        """The organisations of the city."""
        return partners(g.language)

    @property
    def faults(self) -> list[str]:
        """What keeps the file from being looked at."""
        chosen = [name for name in self.said.columns if name]
        titles = titles_of(self.fields)
        found = [
            _("Two columns are “%(field)s”. Leave one of them out.", field=titles[name])
            for name in dict.fromkeys(chosen)
            if chosen.count(name) > 1
        ]
        # What two columns may say together is asked of a row in which every column says something.
        given = {*self.table.prepare(dict.fromkeys(chosen, "…")), *self.said.defaults}
        found += [
            _("Say which column is “%(field)s”.", field=titles[each.name])
            for each in self.fields
            if each.required and each.name not in given
        ]
        if not chosen:
            found.append(_("Say of at least one column what it is."))
        return found


def word_name(each: ImportField, word: str) -> str:
    """What the control is called that says what ``word`` means."""
    mark = hashlib.sha256(fold(word).encode()).hexdigest()[:12]
    return f"word-{each.name}-{mark}"


def _columns_page(
    matched: _Matched, faults: Sequence[str] = (), *, ask: bool = False
) -> AnyResponse:
    grid, headings = matched.grid, matched.headings
    lines = [
        (number, grid.numbers[number], " · ".join(cell for cell in row if cell)[:90])
        for number, row in enumerate(grid.rows[:LOOKED_AT])
    ]
    fallbacks = [
        (
            each,
            matched.choices(each),
            matched.said.defaults.get(each.name, each.default)
            if matched.pending.matching or faults or ask
            else each.default,
        )
        for each in matched.fields
        if each.fallback
    ]
    unknown_organisations = any(
        each.field.cell.value.startswith("organisation") for each in matched.unknown
    )
    page = render_template(
        "importing/columns.html",
        table=matched.table,
        pending=matched.pending,
        columns=matched.columns,
        fields=matched.fields,
        titles=titles_of(matched.fields),
        headings=headings,
        rows=max(0, len(grid.rows) - headings.first - headings.lines),
        grid=grid,
        lines=lines,
        most_lines=MOST_LINES,
        encodings=_encoding_titles(),
        separators=_separator_titles(),
        unknown=[
            (each, matched.choices(each.field), [(word, count, told, word_name(each.field, word))
                                                 for word, count, told in each.words])
            for each in matched.unknown
        ],
        fallbacks=fallbacks,
        may_add=matched.may_add and unknown_organisations,
        adds=matched.said.add_organisations,
        faults=faults,
        ask=ask,
        nothing=_NOTHING,
    )  # fmt: skip
    return make_response(page, 422 if faults or ask else 200)


def _encoding_titles() -> list[tuple[str, str]]:
    titles = {
        "utf-8": _p("encoding", "Unicode (UTF-8)"),
        "utf-16-le": _p("encoding", "Unicode (UTF-16)"),
        "utf-16-be": _p("encoding", "Unicode (UTF-16, reversed)"),
        "cp1251": _p("encoding", "Windows, Cyrillic (1251)"),
        "cp1250": _p("encoding", "Windows, Central European (1250)"),
        "cp1252": _p("encoding", "Windows, Western European (1252)"),
        "cp1254": _p("encoding", "Windows, Turkish (1254)"),
        "cp1256": _p("encoding", "Windows, Arabic (1256)"),
        "iso8859-2": _p("encoding", "ISO, Central European (8859-2)"),
        "iso8859-5": _p("encoding", "ISO, Cyrillic (8859-5)"),
        "iso8859-9": _p("encoding", "ISO, Turkish (8859-9)"),
        "mac-cyrillic": _p("encoding", "Macintosh, Cyrillic"),
        "cp866": _p("encoding", "DOS, Cyrillic (866)"),
        "cp852": _p("encoding", "DOS, Central European (852)"),
    }
    return [(code, titles[code]) for code in ENCODINGS]


def _separator_titles() -> list[tuple[str, str]]:
    return [
        (";", _p("separator", "Semicolon ;")),
        (",", _p("separator", "Comma ,")),
        ("\t", _p("separator", "Tab")),
        ("|", _p("separator", "Vertical line |")),
    ]


@bp.post("/<city_slug>/imports/<kind>/<string(length=16):pending_id>/columns")
@member_only
def match(kind: str, pending_id: str) -> AnyResponse:
    """Keep what the columns are, and work out what the file would do."""
    table, who = _table(kind), viewer()
    kept = services.kept_file(_pending(pending_id, table))
    # As with the upload: the file is read while nobody waits.
    db.session.rollback()
    try:
        grid = kept.read()
    except NotATable as refused:
        return _start_page(table, str(refused))
    pending = _locked(pending_id, table, who)
    if pending.reading != kept.reading:
        # Another window has read it anew meanwhile: these answers were to other columns.
        return see_other(url_for(".columns", kind=kind, pending_id=pending_id))
    matched = _Matched(table, pending, grid, request.form)
    if faults := matched.faults:
        return _columns_page(matched, faults)
    asked = any(
        word_name(each.field, word) not in request.form
        for each in matched.unknown
        for word, _count, _told in each.words
    )
    if asked:
        # Words that this page has not asked for yet: nobody decided about them.
        return _columns_page(matched, ask=True)
    services.look(pending, table, matched.fields, grid, matched.headings, matched.said, who)
    services.remember(table, preview_headings(grid, matched.headings), matched.said)
    db.session.commit()
    return see_other(url_for(".preview", kind=kind, pending_id=pending_id))


# -- What it would do ----------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/imports/<kind>/<string(length=16):pending_id>")
@member_only
def preview(kind: str, pending_id: str) -> AnyResponse:
    """What the file would do, line by line."""
    table = _table(kind)
    pending = _pending(pending_id, table)
    if not pending.digest:
        return see_other(url_for(".columns", kind=kind, pending_id=pending_id))
    show = request.args.get("show", "")
    show = show if show in pending.counts else ""
    lines = [line for line in pending.lines if not show or line["does"] == show]
    number, last = _page_number(len(lines))
    fields = table.fields(viewer())
    by_name = {each.name: each for each in fields}
    titles = titles_of(fields)
    names = {one.id: one.name for one in partners(g.language)}

    def address(page: int) -> str:
        return url_for(
            ".preview",
            kind=kind,
            pending_id=pending_id,
            show=show or None,
            page=page if page > 1 else None,
        )

    page = render_template(
        "importing/preview.html",
        table=table,
        pending=pending,
        lines=[
            line_in_words(line, table, by_name, titles, names)
            for line in lines[(number - 1) * LINES_SHOWN : number * LINES_SHOWN]
        ],
        show=show,
        doings=doings(),
        refused=pending.counts.get("refuse", 0),
        writes=pending.counts.get("create", 0) + pending.counts.get("change", 0),
        page={
            "previous_url": address(number - 1) if number > 1 else "",
            "next_url": address(number + 1) if number < last else "",
        },
    )
    return make_response(page)


def _page_number(count: int) -> tuple[int, int]:
    text = request.args.get("page", "1")
    last = max(1, -(-count // LINES_SHOWN))
    number = min(int(text), last) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return max(1, number), last


@bp.get("/<city_slug>/imports/<kind>/<string(length=16):pending_id>/refused.csv")
@member_only
def refused(kind: str, pending_id: str) -> AnyResponse:
    """The refused rows as they came, with the reasons, to be corrected and sent again."""
    from core.importing.template import refused_file

    table = _table(kind)
    pending = _pending(pending_id, table)
    # Read anew, it was not looked at yet.
    if not pending.digest or not pending.counts.get("refuse"):
        abort(404)
    try:
        grid = services.kept_file(pending).read()
    except NotATable:
        abort(404)
    data = refused_file(
        pending,
        grid,
        Headings(pending.reading["first"], pending.reading["lines"]),
        table,
        titles_of(table.fields(viewer())),
    )
    return Response(
        data,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{table.name}-refused.csv"'},
    )


@bp.post("/<city_slug>/imports/<kind>/<string(length=16):pending_id>/confirm")
@member_only
def confirm(kind: str, pending_id: str) -> AnyResponse:
    """Write everything that was shown, or nothing."""
    table, who = _table(kind), viewer()
    here = url_for(".preview", kind=kind, pending_id=pending_id)
    pending = services.find_pending(pending_id, table, who)
    if pending is None:
        return _finished(table)
    kept = services.kept_file(pending)
    db.session.rollback()
    try:
        grid = kept.read()
    except NotATable:
        abort(404)
    # Meanwhile another window may have confirmed it, or read it anew.
    pending = services.find_pending(pending_id, table, who, for_change=True)
    if pending is None:
        return _finished(table)
    if not pending.digest or pending.reading != kept.reading:
        return see_other(here)
    try:
        written = services.confirm(
            pending, table, grid, who, leave_out=request.form.get("leave_out") == "yes"
        )
    except services.PlanChanged:
        db.session.commit()
        flash(
            _(
                "Something changed in the meantime. This is what the import would do now: look again."
            ),
            "wait",
        )
        return see_other(here)
    except services.RefusedRows:
        flash(_("Some rows are refused. Correct them, or say that they are left out."), "wait")
        return see_other(here)
    db.session.commit()
    flash(ngettext("%(num)s row is imported.", "%(num)s rows are imported.", written), "done")
    if table.name == "people" and not_invited():
        return see_other(url_for(".invitations"))
    return see_other(url_for(table.list_endpoint))


def _finished(table: TableImport) -> AnyResponse:
    flash(
        _("This import is finished already, or a day has passed since. Look at the list."), "wait"
    )
    return see_other(url_for(table.list_endpoint))


@bp.post("/<city_slug>/imports/<kind>/<string(length=16):pending_id>/discard")
@member_only
def discard(kind: str, pending_id: str) -> AnyResponse:
    """Forget the file."""
    table = _table(kind)
    pending = services.find_pending(pending_id, table, viewer(), for_change=True)
    if pending is not None:
        db.session.delete(pending)
        db.session.commit()
    return see_other(url_for(".start", kind=kind))


# -- Inviting the imported -----------------------------------------------------------------------------------------

SHOWN_AT_ONCE = 200


@bp.get("/<city_slug>/imports/people/invitations")
@requires(Permission.MANAGE_MEMBERS)
def invitations() -> AnyResponse:
    """Who came by an import and was never invited."""
    return _invitations_page()


def _invitations_page(fault: str = "", language: str = "") -> AnyResponse:
    waiting = not_invited()
    names = {one.id: one.name for one in partners(g.language)}
    page = render_template(
        "importing/invitations.html",
        people=waiting[:SHOWN_AT_ONCE],
        count=len(waiting),
        names=names,
        languages=language_choices(),
        language=language or known_language(g.city.default_language),
        fault=fault,
    )
    return make_response(page, 422 if fault else 200)


@bp.post("/<city_slug>/imports/people/invitations")
@requires(Permission.MANAGE_MEMBERS)
def invite() -> AnyResponse:
    """Invite those who are ticked."""
    chosen = request.form.getlist("person")[:SHOWN_AT_ONCE]
    language = known_language(request.form.get("language"))
    if not chosen:
        return _invitations_page(_("Tick the people whom you want to invite."), language)
    sent, failed = invite_imported(chosen, language, viewer())
    db.session.commit()
    if sent:
        flash(
            ngettext(
                "%(num)s invitation is on its way.", "%(num)s invitations are on their way.", sent
            ),
            "done",
        )
    if failed:
        flash(
            _(
                "These people could not be invited. Look at their pages: %(names)s.",
                names=", ".join(failed[:10]),
            ),
            "late",
        )
    return see_other(url_for(".invitations"))
