"""The texts of a record as a paper: its languages side by side, to be handed out."""

from typing import Any

from flask import abort, g, make_response, request
from werkzeug.wrappers import Response as AnyResponse

from core.content.shown import STATES
from core.content.views.common import bp, found_record, named
from core.content.views.reading import columns_of, rows_of
from core.database import utcnow
from core.i18n import direction, format_datetime, lang_tag
from core.i18n import gettext as _
from core.permissions import member_only
from core.printing import PrintingFailed, letterhead, pdf
from core.web import viewer


@bp.get("/<city_slug>/translations/<plugin>/<kind>/<record_id>.pdf")
@member_only
def paper(plugin: str, kind: str, record_id: str) -> AnyResponse:
    """The same languages, in the same order, as on the page that is read."""
    record = found_record(plugin, kind, record_id)
    columns = columns_of(record, request.args.getlist("language"))
    texts = [record.texts[code] for code in columns]
    data: dict[str, Any] = {
        "head": letterhead(g.language),
        "title": _said(record.link.title, record.link.language),
        "lead": "",
        "foot": _(
            "Printed on %(when)s by %(name)s", when=format_datetime(utcnow()), name=viewer().name
        ),
        "missing": _("Not translated yet."),
        "sides": [
            {"name": named(text.language), "state": str(STATES[text.state][0])} for text in texts
        ],
        "parts": [
            {
                "label": str(field.label),
                "texts": [_said(cell.text, cell.language) for cell in cells],
            }
            for field, cells in rows_of(record, texts)
        ],
    }
    try:
        content = pdf("parallel", data, language=g.language, title=record.link.title)
    except PrintingFailed:
        abort(503)
    answer = make_response(content)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{g.city.slug}-{record_id}.pdf"'
    return answer


def _said(text: str, language: str) -> list[Any]:
    code = language or g.language
    return [text, lang_tag(code).partition("-")[0], direction(code) == "rtl"]
