"""OpenDocument spreadsheets (ISO 26300, version 1.3), written row by row.

The lines are written here and not by a library: odfdo keeps the whole document as objects and took four
milliseconds and seven kilobytes for a row of fourteen cells, which is more than a minute and 150 MB for a long list.
Tests read what is written here with odfdo.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from core.exporting.about import About
from core.exporting.guard import readable
from core.exporting.lists import Column, Value
from core.exporting.values import wall_time
from core.i18n import lang_tag

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = " ".join(
    f'xmlns:{short}="{name}"'
    for short, name in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
        "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
        "config": "urn:oasis:names:tc:opendocument:xmlns:config:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)
_BLANKS = re.compile("  +")
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MANIFEST = (
    f'{_XML}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" '
    f'manifest:media-type="{MEDIA_TYPE}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in ("content.xml", "styles.xml", "meta.xml", "settings.xml")
    )
    + "</manifest:manifest>"
)


def write_ods(path: Path, about: About, rows: Iterable[Sequence[Value]]) -> None:
    """Write ``rows`` as a table whose head stays in sight, and a second sheet that says what it is."""
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        # First and unpacked: so do programs recognise the kind of file.
        package.writestr("mimetype", MEDIA_TYPE, ZIP_STORED)
        with package.open("content.xml", "w") as content:
            for piece in _content(about, rows):
                content.write(piece.encode())
        package.writestr("styles.xml", _styles(about))
        package.writestr("meta.xml", _meta(about))
        package.writestr("settings.xml", _settings(about))
        package.writestr("META-INF/manifest.xml", _MANIFEST)


def _content(about: About, rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    yield f'{_XML}<office:document-content {_NAMES} office:version="1.3"><office:automatic-styles>'
    yield _table_style(about)
    yield _DATE_STYLES
    for position, column in enumerate(about.columns):
        yield _column_style(f"w{position}", column.width)
    yield f"{_column_style('wa', 18)}{_column_style('wb', 80)}"
    for name, style in _CELL_STYLES.items():
        yield f'<style:style style:name="{name}" style:family="table-cell" {style}'
    yield "</office:automatic-styles><office:body><office:spreadsheet>"
    yield f'<table:table table:name={quoteattr(_sheet_name(about.title))} table:style-name="sheet">'
    for position, _column in enumerate(about.columns):
        yield f'<table:table-column table:style-name="w{position}"/>'
    yield "<table:table-header-rows><table:table-row>"
    for head in about.heads:
        yield _words(head, "head")
    yield "</table:table-row></table:table-header-rows>"
    count = 0
    for row in rows:
        count += 1
        cells = "".join(
            _cell(value, column, about) for value, column in zip(row, about.columns, strict=True)
        )
        yield f"<table:table-row>{cells}</table:table-row>"
    yield "</table:table>"
    yield f'<table:table table:name={quoteattr(_sheet_name(about.sheet))} table:style-name="sheet">'
    yield '<table:table-column table:style-name="wa"/><table:table-column table:style-name="wb"/>'
    for term, said in about.facts:
        yield f"<table:table-row>{_words(term, 'head')}{_words(readable(said))}</table:table-row>"
    yield "</table:table>"
    name = f"'{_sheet_name(about.title)}'"
    area = f"${name}.A1:{name}.{_letters(len(about.columns))}{count + 1}"
    yield (
        f'<table:database-ranges><table:database-range table:name="list" table:target-range-address='
        f'{quoteattr(area)} table:display-filter-buttons="true"/></table:database-ranges>'
    )
    yield "</office:spreadsheet></office:body></office:document-content>"


def _cell(value: Value, column: Column, about: About) -> str:
    match value:
        case None | "":
            return "<table:table-cell/>"
        case bool():
            return _words(about.yes if value else about.no)
        case int():
            return (
                f'<table:table-cell table:style-name="whole" office:value-type="float" '
                f'office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
            )
        case Decimal():
            return (
                f'<table:table-cell table:style-name="exact" office:value-type="float" '
                f'office:value="{value:f}"><text:p>{value:f}</text:p></table:table-cell>'
            )
        case datetime():
            moment = wall_time(value)
            return (
                f'<table:table-cell table:style-name="moment" office:value-type="date" '
                f'office:date-value="{moment.isoformat()}"><text:p>{moment:%Y-%m-%d %H:%M}</text:p>'
                "</table:table-cell>"
            )
        case date():
            return (
                f'<table:table-cell table:style-name="day" office:value-type="date" '
                f'office:date-value="{value}"><text:p>{value}</text:p></table:table-cell>'
            )
        case _:
            return _words(readable(str(value)))


def _words(text: str, style: str = "words") -> str:
    """A cell of text. Its type is written out, so that no program looks at what the text begins with."""
    lines = "".join(f"<text:p>{_line(line)}</text:p>" for line in text.split("\n"))
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="string">{lines}'
        "</table:table-cell>"
    )


def _line(text: str) -> str:
    """One line, in which XML would otherwise take several blanks for one."""
    escaped = escape(text).replace("\t", "<text:tab/>").replace("\r", "<text:line-break/>")
    escaped = _BLANKS.sub(lambda run: f' <text:s text:c="{len(run[0]) - 1}"/>', escaped)
    return f'<text:s text:c="1"/>{escaped[1:]}' if escaped.startswith(" ") else escaped


_DATE_STYLES = (
    '<number:date-style style:name="asday" number:automatic-order="true"><number:day number:style="long"/>'
    '<number:text>.</number:text><number:month number:style="long"/><number:text>.</number:text>'
    '<number:year number:style="long"/></number:date-style>'
    '<number:date-style style:name="asmoment" number:automatic-order="true"><number:day number:style="long"/>'
    '<number:text>.</number:text><number:month number:style="long"/><number:text>.</number:text>'
    '<number:year number:style="long"/><number:text> </number:text><number:hours number:style="long"/>'
    '<number:text>:</number:text><number:minutes number:style="long"/></number:date-style>'
    '<number:number-style style:name="aswhole"><number:number number:min-integer-digits="1" '
    'number:decimal-places="0" number:grouping="true"/></number:number-style>'
    '<number:number-style style:name="asexact"><number:number number:min-integer-digits="1" '
    'number:decimal-places="2" number:grouping="true"/></number:number-style>'
)
_TOP = '<style:table-cell-properties style:vertical-align="top"'
_CELL_STYLES = {
    "words": f'>{_TOP} fo:wrap-option="wrap"/></style:style>',
    "head": f'>{_TOP} fo:wrap-option="wrap" fo:background-color="#eef1f0"/>'
    '<style:text-properties fo:font-weight="bold" style:font-weight-asian="bold" '
    'style:font-weight-complex="bold"/></style:style>',
    "whole": f'style:data-style-name="aswhole">{_TOP}/></style:style>',
    "exact": f'style:data-style-name="asexact">{_TOP}/></style:style>',
    "day": f'style:data-style-name="asday">{_TOP}/></style:style>',
    "moment": f'style:data-style-name="asmoment">{_TOP}/></style:style>',
}


def _table_style(about: About) -> str:
    mode = "rl-tb" if about.right_to_left else "lr-tb"
    return (
        '<style:style style:name="sheet" style:family="table" style:master-page-name="page">'
        f'<style:table-properties table:display="true" style:writing-mode="{mode}"/></style:style>'
    )


def _column_style(name: str, characters: int) -> str:
    # A character of the usual size is about two millimetres wide.
    return (
        f'<style:style style:name="{name}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{0.5 + characters * 0.19:.2f}cm"/></style:style>'
    )


def _styles(about: About) -> str:
    """The page it is printed on: landscape, with city, list and who made it on each sheet of paper."""
    language = _language(about)
    return (
        f'{_XML}<office:document-styles {_NAMES} office:version="1.3"><office:styles>'
        f'<style:default-style style:family="table-cell"><style:text-properties {language}/></style:default-style>'
        "</office:styles><office:automatic-styles>"
        '<style:page-layout style:name="landscape"><style:page-layout-properties fo:page-width="29.7cm" '
        'fo:page-height="21cm" style:print-orientation="landscape" fo:margin="1.5cm" '
        f'style:writing-mode="{"rl-tb" if about.right_to_left else "lr-tb"}" style:scale-to-X="1" '
        'style:scale-to-Y="0"/><style:header-style/><style:footer-style/></style:page-layout>'
        "</office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="page" style:page-layout-name="landscape">'
        f"<style:header><text:p>{escape(about.city)} · {escape(about.title)}</text:p></style:header>"
        f"<style:footer><text:p>{escape(about.made)} · <text:page-number>1</text:page-number> / "
        "<text:page-count>1</text:page-count></text:p></style:footer>"
        "</style:master-page></office:master-styles></office:document-styles>"
    )


def _language(about: About) -> str:
    language, _, script = lang_tag(about.language).partition("-")
    kinds = ("fo:language", "style:language-complex") if about.right_to_left else ("fo:language",)
    said = " ".join(f'{kind}="{language}"' for kind in kinds)
    return f'{said} fo:script="{script}"' if script else said


def _meta(about: About) -> str:
    return (
        f'{_XML}<office:document-meta {_NAMES} office:version="1.3"><office:meta>'
        "<meta:generator>Maillage</meta:generator>"
        f"<dc:title>{escape(about.title)}</dc:title><dc:subject>{escape('; '.join(about.filters))}</dc:subject>"
        f"<dc:description>{escape(about.made)}</dc:description><dc:creator>{escape(about.city)}</dc:creator>"
        f"<dc:language>{lang_tag(about.language)}</dc:language>"
        f"<meta:creation-date>{about.made_at:%Y-%m-%dT%H:%M:%S}</meta:creation-date>"
        "</office:meta></office:document-meta>"
    )


def _settings(about: About) -> str:
    """The first row and the first column stay where they are while one scrolls."""
    items = {
        "HorizontalSplitMode": ("short", 2),
        "VerticalSplitMode": ("short", 2),
        "HorizontalSplitPosition": ("int", 1),
        "VerticalSplitPosition": ("int", 1),
        "PositionRight": ("int", 1),
        "PositionBottom": ("int", 1),
    }
    said = "".join(
        f'<config:config-item config:name="{name}" config:type="{kind}">{value}</config:config-item>'
        for name, (kind, value) in items.items()
    )
    return (
        f'{_XML}<office:document-settings {_NAMES} office:version="1.3"><office:settings>'
        '<config:config-item-set config:name="ooo:view-settings"><config:config-item-map-indexed '
        'config:name="Views"><config:config-item-map-entry><config:config-item config:name="ViewId" '
        'config:type="string">view1</config:config-item><config:config-item-map-named config:name="Tables">'
        f"<config:config-item-map-entry config:name={quoteattr(_sheet_name(about.title))}>{said}"
        "</config:config-item-map-entry></config:config-item-map-named></config:config-item-map-entry>"
        "</config:config-item-map-indexed></config:config-item-set></office:settings></office:document-settings>"
    )


def _sheet_name(title: str) -> str:
    kept = "".join(" " if sign in "[]:*?/\\'" else sign for sign in readable(title)).strip()
    return kept[:31] or "1"


def _letters(number: int) -> str:
    """The name of a column: 1 is A, 27 is AA."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name or "A"
