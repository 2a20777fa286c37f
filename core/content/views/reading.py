"""All languages of a record side by side, to read and to print."""

from dataclasses import dataclass

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.content.models import ContentText
from core.content.shown import Piece, changes
from core.content.states import State
from core.content.views.common import Record, bp, found_record, may_translate_here, named, names_of
from core.i18n import CONTENT_LANGUAGES
from core.permissions import member_only
from core.values import TextField
from core.web import see_other, viewer

# More than four columns can neither be read nor printed on A4.
MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One text in one language. ``behind`` says that the original has changed since this was translated from it."""

    language: str
    text: str
    original: bool
    behind: bool
    changes: tuple[Piece, ...] = ()


@bp.get("/<city_slug>/translations/<plugin>/<kind>/<record_id>")
@member_only
def read(plugin: str, kind: str, record_id: str) -> AnyResponse | str:
    """The texts of a record, a column for each language, and how each stands."""
    record = found_record(plugin, kind, record_id)
    wanted = request.args.get("to", "")
    if record.may_translate and record.takes(wanted):
        return see_other(
            url_for("content.edit", plugin=plugin, kind=kind, record_id=record_id, language=wanted)
        )
    columns = columns_of(record, request.args.getlist("language"))
    shown = [record.texts[code] for code in columns]
    missing = [code for code in record.languages if code not in record.texts]
    return render_template(
        "content/read.html",
        record=record,
        columns=columns,
        texts=shown,
        rows=rows_of(record, shown),
        others=[code for code in record.texts if code not in columns],
        missing=missing,
        further=[
            (code, named(code))
            for code in CONTENT_LANGUAGES
            if code not in record.texts and code not in missing
        ],
        names=names_of(record.texts.values()),
        named=named,
        overview=may_translate_here(viewer()),
        tells_changes="changes" in request.args,
    )


def columns_of(record: Record, wanted: list[str]) -> list[str]:
    """The languages that stand side by side: those asked for, else as many as there is room for."""
    order = [code for code in record.languages if code in record.texts]
    chosen = [code for code in order if code in wanted]
    return (chosen if len(chosen) > 1 else order)[:MOST_COLUMNS]


def rows_of(record: Record, texts: list[ContentText]) -> list[tuple[TextField, list[Cell]]]:
    """Each field that somebody has written into, with its text in each of the languages."""
    return [(field, cells) for field in record.fields if (cells := _cells(record, texts, field))]


def _cells(record: Record, texts: list[ContentText], field: TextField) -> list[Cell]:
    """A row of the page; empty when nobody has written anything into the field."""
    if not any(text.texts.get(field.name) for text in texts):
        return []
    said = record.original.texts.get(field.name, "")
    cells = []
    for text in texts:
        was = text.source.get(field.name, "")
        behind = not text.original and text.state == State.OUTDATED and was != said
        # What was translated before there was a record of it cannot be compared.
        pieces = tuple(changes(was, said)) if behind and text.source else ()
        cells.append(
            Cell(text.language, text.texts.get(field.name, ""), text.original, behind, pieces)
        )
    return cells
