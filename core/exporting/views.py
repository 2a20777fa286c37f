"""Taking a list out as a file, and the page of those that take a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    make_response,
    render_template,
    request,
    send_file,
    url_for,
)
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from core.database import db, utcnow, write_intent
from core.exporting import services
from core.exporting.lists import ListExport, find_list
from core.exporting.models import Export
from core.files import store
from core.forms import clean, valid_id
from core.i18n import format_number
from core.i18n import gettext as _
from core.i18n import lazy_pgettext as _lp
from core.identity.transactions import let_go
from core.permissions import member_only
from core.printing import PrintingFailed
from core.values import Viewer
from core.web import see_other, viewer

bp = Blueprint("exporting", __name__)

KINDS = {
    "xlsx": _lp("kind of file", "Excel"),
    "ods": _lp("kind of file", "OpenDocument"),
    "csv": _lp("kind of file", "CSV"),
    "pdf": _lp("kind of file", "PDF"),
    "ics": _lp("kind of file", "Calendar file"),
}
ICONS = {"xlsx": "table", "ods": "table", "csv": "file-text", "pdf": "printer", "ics": "calendar"}


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One kind of file that a list can be had as."""

    title: str
    url: str
    icon: str


def export_links(name: str, arguments: Mapping[str, str] | None = None) -> list[MenuLine]:
    """What the menu of a list offers: ``name`` is ``<feature or plugin>/<list>``; nothing where one may not see it."""
    owner, _slash, own_name = name.partition("/")
    who: Viewer | None = g.get("viewer")
    export = find_list(owner, own_name, who, g.enabled_plugins) if who else None
    if export is None:
        return []
    asked = export.known(arguments or {})
    return [
        MenuLine(
            str(title),
            _address("exporting.take", owner, own_name, kind, asked),
            ICONS[kind],
        )
        for kind, title in KINDS.items()
        if kind != "ics" or export.entries is not None
    ]


def _address(endpoint: str, owner: str, name: str, kind: str, asked: Mapping[str, str]) -> str:
    # Behind the question mark a list may call its filters "kind" or "name", as the path does its parts.
    path = url_for(endpoint, plugin=owner, name=name, kind=kind)
    return f"{path}?{urlencode(asked)}" if asked else path


def _list(owner: str, name: str, kind: str) -> ListExport:
    """The list that the reader may see, else 404: to whom it is closed it is not there."""
    export = find_list(owner, name, viewer(), g.enabled_plugins)
    if export is None or (kind == "ics" and export.entries is None):
        abort(404)
    return export


def _arguments(export: ListExport) -> dict[str, str]:
    return export.known({name: clean(text) or "" for name, text in request.args.items()})


@bp.get("/<city_slug>/exports/<plugin>/<name>.<any(csv, ics, ods, pdf, xlsx):kind>")
@member_only
def take(plugin: str, name: str, kind: str) -> AnyResponse:
    """The list as a file; for a long one a page that offers to have it made."""
    export = _list(plugin, name, kind)
    arguments = _arguments(export)
    who = viewer()
    count = export.how_many(who, arguments)
    if count > services.most_rows(kind) or services.takes_long(kind, count):
        return _long_page(plugin, export, arguments, kind, count)
    with store.incoming() as path:
        try:
            rows = services.write_export(path, export, who, arguments, kind, count=count)
        except (PrintingFailed, services.TooLong):
            return _long_page(plugin, export, arguments, kind, count, failed=True)
        content = path.read_bytes()
    # A short transaction of its own, once nothing more is read.
    let_go()
    with write_intent():
        services.record_export(plugin, export, who, arguments, kind, rows)
        db.session.commit()
    return _as_file(make_response(content), services.file_name(export, kind), kind)


def _as_file(answer: Response, name: str, kind: str) -> Response:
    answer.headers["Content-Type"] = services.MEDIA_TYPES[kind]
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    # Should a browser show it all the same, it runs nothing and reaches nothing.
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _long_page(
    plugin: str,
    export: ListExport,
    arguments: dict[str, str],
    kind: str,
    count: int,
    *,
    failed: bool = False,
    status: int = 200,
) -> AnyResponse:
    most = services.most_rows(kind)
    page = render_template(
        "exporting/long.html",
        title=str(export.title),
        kind=str(KINDS[kind]),
        count=count,
        most=most,
        too_long=count > most,
        failed=failed,
        filters=list(export.words(viewer(), arguments)) if export.words else [],
        ask_url=_address("exporting.ask", plugin, export.name, kind, arguments),
        others=[
            line
            for line, other in zip(
                export_links(f"{plugin}/{export.name}", arguments), KINDS, strict=False
            )
            if other != kind and count <= services.most_rows(other)
        ],
        once=new_once(),
    )
    return make_response(page, 422 if failed else status)


def new_once() -> str:
    """The identifier of the export that a press of the button makes, however often it is pressed."""
    from core.database import new_id

    return new_id()


@bp.post("/<city_slug>/exports/<plugin>/<name>.<any(csv, ods, pdf, xlsx):kind>")
@member_only
def ask(plugin: str, name: str, kind: str) -> AnyResponse:
    """Have the worker make the file."""
    export = _list(plugin, name, kind)
    arguments = _arguments(export)
    once = request.form.get("once", "")
    identifier = once if valid_id(once) else None
    who = viewer()
    if identifier and services.find_export(who, identifier):
        return see_other(url_for("exporting.index"))
    count = export.how_many(who, arguments)
    try:
        try:
            services.ask_for(
                plugin, export, who, arguments, kind, count=count, identifier=identifier
            )
        except IntegrityError:
            db.session.rollback()
            # The button was pressed twice at the same moment; else the mark is that of another export.
            if not (identifier and services.find_export(who, identifier)):
                services.ask_for(plugin, export, who, arguments, kind, count=count)
    except services.TooLong:
        return _long_page(plugin, export, arguments, kind, count, status=422)
    except services.TooMany:
        db.session.rollback()
        flash(
            _("You have asked for several files already. Wait until one is ready, or cancel one."),
            "wait",
        )
        return see_other(url_for("exporting.index"))
    db.session.commit()
    return see_other(url_for("exporting.index"))


# -- Your exports ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExportLine:
    """An export as its page shows it."""

    id: str
    title: str
    kind: str
    name: str
    state: str
    done: int
    total: int
    size: str
    row: Export
    open: bool


@bp.get("/<city_slug>/exports")
@member_only
def index() -> str:
    """The reader's own exports: those under way, and those that are ready."""
    lines = [_line(each) for each in services.exports_of(viewer())]
    return render_template(
        "exporting/index.html",
        lines=lines,
        at_work=any(line.state in {"waiting", "making"} for line in lines),
    )


# Three attempts of a quarter of an hour: what is not there by then was given up without a word.
GIVEN_UP_AFTER = timedelta(hours=1)


def _line(each: Export) -> ExportLine:
    export = find_list(each.plugin, each.list_name, viewer(), g.enabled_plugins)
    at_work = each.state in {"waiting", "making"}
    given_up = at_work and each.asked_at < utcnow() - GIVEN_UP_AFTER
    return ExportLine(
        each.id,
        str(export.title) if export else _("A list that you cannot see any more"),
        str(KINDS.get(each.file_kind, each.file_kind)),
        each.file_name,
        "failed" if given_up else each.state,
        each.done,
        each.total,
        _size(each.size),
        each,
        export is not None,
    )


def _size(size: int) -> str:
    if size < 1_000_000:
        return _("%(num)s kB", num=format_number(max(round(size / 1000), 1)))
    return _("%(num)s MB", num=format_number(round(size / 1_000_000, 1)))


def _export(identifier: str) -> Export:
    found = services.find_export(viewer(), identifier) if valid_id(identifier) else None
    if found is None:
        abort(404)
    return found


@bp.get("/<city_slug>/exports/<export_id>/file")
@member_only
def download(export_id: str) -> AnyResponse:
    """The file, for the one who asked, and while they may still see the list."""
    found = _export(export_id)
    if (
        found.stored_as is None
        or find_list(found.plugin, found.list_name, viewer(), g.enabled_plugins) is None
    ):
        abort(404)
    path = store.path_of(found.city_id, found.stored_as)
    if not path.is_file():
        abort(404)
    answer = send_file(path, etag=False, conditional=False)
    answer.headers.pop("Last-Modified", None)
    return _as_file(answer, found.file_name, found.file_kind)


@bp.post("/<city_slug>/exports/<export_id>/remove")
@member_only
def remove(export_id: str) -> AnyResponse:
    """Cancel an export, or remove one that is ready."""
    found = _export(export_id)
    cancelled = found.state in {"waiting", "making"}
    services.remove_export(found)
    db.session.commit()
    flash(_("The export is cancelled.") if cancelled else _("The file is removed."), "done")
    return see_other(url_for("exporting.index"))
