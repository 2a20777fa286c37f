"""What the preview says of a row: why it is refused, what it changes, in the reader's words."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from core.i18n import format_date, format_number
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import pgettext as _p
from core.importing.planning import NEW
from core.importing.tables import REFERENCE, Cell, ImportField, TableImport

# By the code of a problem; what stands in them is put in when they are shown.
SENTENCES: Mapping[str, object] = {
    "missing": _l("“%(field)s” is missing."),
    "repeated": _l("Line %(line)s says the same already."),
    "day": _l("%(field)s: write a date as day, month and year, such as 14.11.2026."),
    "year": _l("%(field)s: the year cannot be right."),
    "clock": _l("%(field)s: write a time as hours and minutes, such as 17:30."),
    "number": _l("%(field)s: write a whole number, such as 30."),
    "money": _l("%(field)s: write an amount in figures, such as 1200 or 1200.50."),
    "yes_no": _l("%(field)s: write yes or no."),
    "phone": _l("%(field)s: this is no telephone number."),
    "shortened": _l(
        "%(field)s: the spreadsheet has shortened this number. Format the column as text and enter it again."
    ),
    "email": _l("%(field)s: this is not an e-mail address. It looks like name@example.org."),
    "website": _l("%(field)s: this is not the address of a website."),
    "long": _l("%(field)s: shorten this to %(most)s characters at most."),
    "word": _l("%(field)s: nobody has said what “%(word)s” means."),
    "organisation": _l(
        "%(field)s: “%(word)s” is not in the directory. Add it first, or let the import add it."
    ),
    "ends_first": _l("The last day lies before the first."),
}

NOTES: Mapping[str, object] = {
    "alone": _l("Only one cell is filled: a note or a heading between the rows."),
    "total": _l("A sum at the end of the table."),
    "headings": _l("The headings once more."),
    "column_numbers": _l("The numbers of the columns."),
}


def doings() -> dict[str, tuple[str, str, str]]:
    """What a line does, in words, with tone and mark."""
    return {
        "refuse": (_p("import", "Refused"), "late", "ban"),
        "change": (_p("import", "Changed"), "info", "pencil"),
        "keep": (_p("import", "Kept as changed here"), "wait", "lock"),
        "create": (_p("import", "New"), "good", "plus"),
        "unchanged": (_p("import", "Unchanged"), "", "check"),
        "skip": (_p("import", "No record"), "", "minus"),
    }


def problems_in_words(
    line: Mapping[str, Any], table: TableImport, titles: Mapping[str, str]
) -> list[str]:
    """Why a line is refused, sentence by sentence."""
    found = []
    for code, at, params in line.get("problems", ()):
        sentence = (
            table.sentences.get(code) or SENTENCES.get(code) or _l("This row cannot be taken.")
        )
        field = titles.get(at, "")
        said = str(sentence) % {"field": field, "line": "", "most": "", "word": "", **params}
        found.append(said)
    return found


def line_in_words(
    line: Mapping[str, Any],
    table: TableImport,
    fields: Mapping[str, ImportField],
    titles: Mapping[str, str],
    organisations: Mapping[str, str],
) -> dict[str, Any]:
    """A line of the preview for this reader."""
    told = problems_in_words(line, table, titles)
    if note := line.get("note"):
        told.append(str(NOTES[note]))
    if line.get("kept"):
        kept = ", ".join(titles.get(name, name) for name in line["kept"])
        told.append(_("Changed here since the last import, so it stays: %(fields)s.", fields=kept))
    changes = [
        (
            titles.get(name, name),
            in_words(fields[name], before, organisations),
            in_words(fields[name], after, organisations),
        )
        for name, before, after in line.get("changed", ())
        if name in fields
    ]
    facts = [
        (titles.get(name, name), in_words(fields[name], value, organisations))
        for name, value in line.get("facts", ())
        if name in fields
    ]
    return {
        "number": line["line"],
        "facts": facts,
        "title": line["title"],
        "does": line["does"],
        "told": told,
        "changes": changes,
    }


def in_words(each: ImportField, value: Any, organisations: Mapping[str, str]) -> str:
    """A value as this reader would say it."""
    if value is None or value == "" or value == []:
        return ""
    if each.cell.chosen:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(_code_in_words(each, str(code), organisations) for code in codes)
    if each.cell is Cell.DAY:
        return format_date(date.fromisoformat(str(value)))
    if each.cell is Cell.YES_NO:
        return _p("answer", "Yes") if value else _p("answer", "No")
    if isinstance(value, int):
        return format_number(value)
    return str(value)


def _code_in_words(each: ImportField, code: str, organisations: Mapping[str, str]) -> str:
    if code.startswith(NEW):
        return code.removeprefix(NEW)
    title = each.choices.get(code)
    return str(title) if title is not None else organisations.get(code, code)


def titles_of(fields: Sequence[ImportField]) -> dict[str, str]:
    """The titles of fields for this reader, by name."""
    return {each.name: str(each.title) for each in fields} | {
        REFERENCE: _("Reference in your list")
    }
