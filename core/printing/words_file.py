"""Papers as DOCX (ISO 29500, transitional), with one letterhead, for whoever wants to write on in them.

The lines are written here and not by a library: what a paper of several scripts needs (paragraphs, runs and tables
that know their direction and language) python-docx does not offer, so that it would be written by hand into its
objects, and its own template of styles would have to be undone. Tests open what is written here with LibreOffice.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from core.database import utcnow
from core.i18n import direction, lang_tag
from core.i18n import gettext as _
from core.printing import words_styles as styles
from core.printing.blocks import (
    Beside,
    Facts,
    Framed,
    Grid,
    Heading,
    Lines,
    Listed,
    Paper,
    Part,
    Picture,
    Side,
    Signing,
    Text,
    Words,
)
from core.printing.services import arms_as_png

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Twentieths of a point: A4, and what its margins leave.
_PAGE, _MARGIN = (11906, 16838), 964
# A text of so many characters may go on over a page.
LONG = 900
_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Marks that turn the direction of what follows reach beyond their own paragraph in some programs.
_TURNING = re.compile("[\u061c\u202a-\u202e\u2066-\u2069]")
_ARABIC = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
# What a paragraph is divided into: words from right to left with what stands between them, and all others.
_RUNS = re.compile(f"[{_ARABIC}](?:[^A-Za-z\u00c0-\u058f0-9]*[{_ARABIC}])*|[^{_ARABIC}]+")
_NO_LINE = '<w:top w:val="nil"/><w:left w:val="nil"/><w:bottom w:val="nil"/><w:right w:val="nil"/>'


def paper_docx(paper: Paper, *, at: datetime | None = None) -> bytes:
    """Write a paper that is described by its parts. Raises :class:`core.printing.PrintingFailed`."""
    return _Writer(paper).package((at or utcnow()).astimezone(UTC))


class _Writer:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.turned = direction(paper.language) == "rtl"
        self.accent = paper.head["accent"].lstrip("#")
        self.width = _PAGE[1 if paper.wide else 0] - 2 * _MARGIN
        self.links: list[str] = []

    # -- Texts ---------------------------------------------------------------------------------------------------

    def runs(self, words: Words, look: str = "") -> str:
        """A text as runs; ``look`` is what is said of how they look, in the order that the standard gives."""
        text = words.words if isinstance(words, Text) else words
        language = words.language if isinstance(words, Text) else self.paper.language
        text = _TURNING.sub("", text)
        return "".join(_run(each.group(), language, look) for each in _RUNS.finditer(text))

    def paragraph(
        self, content: str, style: str = "", *, turned: bool | None = None, more: str = ""
    ) -> str:
        """A paragraph; ``more`` are its further properties in order, before and behind its direction by ``|``."""
        before, _bar, behind = more.partition("|")
        named = f'<w:pStyle w:val="{style}"/>' if style else ""
        bidi = "<w:bidi/>" if (self.turned if turned is None else turned) else ""
        return f"<w:p><w:pPr>{named}{before}{bidi}{behind}</w:pPr>{content}</w:p>"

    def lines(self, words: Words, style: str = "", *, near: bool = False) -> Iterator[str]:
        """A text of several lines as paragraphs, in its own direction; ``near`` keeps them where the paper begins."""
        text, turned = (
            (words.words, words.turned) if isinstance(words, Text) else (words, self.turned)
        )
        for line in text.split("\n"):
            if line.strip():
                told = Text(line, words.language) if isinstance(words, Text) else line
                across = '|<w:jc w:val="end"/>' if near and turned != self.turned else ""
                yield self.paragraph(self.runs(told), style, turned=turned, more=across)

    # -- Tables --------------------------------------------------------------------------------------------------

    def table(
        self, widths: Sequence[float], rows: Iterable[str], *, caption: str = "", margin: int = 80
    ) -> str:
        """A table over the whole width, from the side on which reading begins."""
        total = sum(widths)
        grid = "".join(f'<w:gridCol w:w="{self.share(each, total)}"/>' for each in widths)
        # Said also where it is not turned: LibreOffice would else guess it from the first text.
        bidi = "<w:bidiVisual/>" if self.turned else '<w:bidiVisual w:val="0"/>'
        named = f"<w:tblCaption w:val={quoteattr(caption)}/>" if caption else ""
        return (
            f'<w:tbl><w:tblPr>{bidi}<w:tblW w:w="{self.width + 2 * margin}" w:type="dxa"/>'
            f'<w:tblInd w:w="-{margin}" w:type="dxa"/>'
            f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{margin}" w:type="dxa"/>'
            f'<w:right w:w="{margin}" w:type="dxa"/></w:tblCellMar>'
            f'<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" '
            f'w:noVBand="1"/>{named}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
        )

    def share(self, width: float, total: float) -> int:
        """A share of the width of the text."""
        return round(self.width * width / total)

    def row(
        self, cells: Iterable[str], *, head: bool = False, height: int = 0, whole: bool = False
    ) -> str:
        """A row; a head is repeated on every page, what is ``whole`` no page divides."""
        tall = f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height else ""
        repeated = "<w:tblHeader/>" if head else ""
        kept = "<w:cantSplit/>" if head or height or whole else ""
        return f"<w:tr><w:trPr>{kept}{tall}{repeated}</w:trPr>{''.join(cells)}</w:tr>"

    def cell(
        self, content: str, width: int, *, span: int = 1, line: str = "", middle: bool = False
    ) -> str:
        """A cell. ``line`` is the colour of the line below it."""
        spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
        below = (
            f'<w:tcBorders><w:bottom w:val="single" w:sz="4" w:space="0" w:color="{line}"/></w:tcBorders>'
            if line
            else ""
        )
        centred = '<w:vAlign w:val="center"/>' if middle else ""
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}{below}{centred}</w:tcPr>'
            f"{content or self.paragraph('')}</w:tc>"
        )

    # -- Parts ---------------------------------------------------------------------------------------------------

    def part(self, part: Part) -> Iterator[str]:
        """One part of the paper."""
        match part:
            case Heading():
                number = self.runs(f"{part.number} · ") if part.number else ""
                note = self.runs(f"   {part.note}", styles.SOFT_RUN) if part.note else ""
                yield self.paragraph(number + self.runs(part.words) + note, f"Heading{part.level}")
            case Lines():
                yield from self.lines(
                    part.words, {"soft": "Soft", "lead": "Lead"}.get(part.tone, "")
                )
            case Facts():
                yield self.facts(part)
            case Listed():
                for at, words in enumerate(part.rows):
                    address = part.links[at] if at < len(part.links) else ""
                    yield self.paragraph(self.linked(words, address), "ListBullet")
            case Grid():
                yield self.grid(part)
            case Beside():
                yield self.beside(part)
            case Framed():
                note = self.runs(f"   {part.note}", styles.SOFT_RUN) if part.note else ""
                yield self.paragraph(
                    self.runs(part.title) + note, "Heading3",
                    more=f'<w:shd w:val="clear" w:color="auto" w:fill="{_tint(self.accent)}"/>|',
                )  # fmt: skip
                for inner in part.parts:
                    yield from self.part(inner)
            case Signing():
                yield self.signing(part)
            case Picture():
                return
        if isinstance(part, Facts | Grid | Beside | Signing):
            # Two tables that touch become one.
            yield self.paragraph("", "Gap")

    def facts(self, part: Facts) -> str:
        """Terms at the side, and what is known of each."""
        widths = (self.share(1, 4), self.share(3, 4))
        return self.table(
            (1, 3),
            (
                self.row(
                    (
                        self.cell(self.paragraph(self.runs(name), "Soft"), widths[0]),
                        self.cell("".join(self.lines(value, "Cell", near=True)), widths[1]),
                    )
                )
                for name, value in part.rows
            ),
        )

    def grid(self, part: Grid) -> str:
        """A table with its head."""
        total = sum(part.widths)
        widths = [self.share(each, total) for each in part.widths]
        head = self.row(
            (
                self.cell(self.paragraph(self.runs(words), "TableHead"), width, line=styles.INK)
                for words, width in zip(part.heads, widths, strict=True)
            ),
            head=True,
        )
        rows = (
            self.row(
                (
                    self.cell("".join(self.lines(words, "Cell", near=True)), width, line=styles.LINE, middle=part.tall)
                    for words, width in zip(row, widths, strict=True)
                ),
                height=620 if part.tall else 0,
            )
            for row in part.rows
        )  # fmt: skip
        return self.table(part.widths, (head, *rows), caption=part.caption)

    def beside(self, part: Beside) -> str:
        """Texts side by side, each column in its language."""
        count = len(part.heads)
        width = self.share(1, count)
        head = self.row(
            (
                self.cell(
                    self.paragraph(
                        self.runs(words), "State", turned=words.turned, more="<w:keepNext/>|"
                    ),
                    width,
                )
                for words in part.heads
            ),
            head=True,
        )
        rows = [head]
        for label, sides in part.rows:
            if label:
                rows.append(
                    self.row(
                        [
                            self.cell(
                                self.paragraph(self.runs(label), "Label"), self.width, span=count
                            )
                        ]
                    )
                )
            short = all(len(_text(each.words)) < LONG for each in sides)
            rows.append(
                self.row((self.cell(self.side(each), width) for each in sides), whole=short)
            )
        return self.table([1] * count, rows, caption=part.caption, margin=120)

    def side(self, each: Side) -> str:
        """One text in one language, and how it stands."""
        turned = each.words.turned if isinstance(each.words, Text) else self.turned
        found = list(self.lines(each.title, "Strong")) if _text(each.title) else []
        style = "Lead" if each.lead else "Soft" if each.soft else "Cell"
        found += self.lines(each.words, style)
        if each.state:
            # In the language of the paper, at the edge of the text above it.
            across = '|<w:jc w:val="end"/>' if turned != self.turned else ""
            found.append(self.paragraph(self.runs(each.state), "State", more=across))
        return "".join(found)

    def signing(self, part: Signing) -> str:
        """Lines to sign on."""
        width = self.share(1, len(part.rows))
        cells = []
        for what, name in part.rows:
            line = f'<w:pBdr><w:top w:val="single" w:sz="6" w:space="4" w:color="{styles.INK}"/></w:pBdr>|'
            told = self.paragraph(self.runs(what), "Soft", more=line)
            cells.append(
                self.cell(told + (self.paragraph(self.runs(name), "Cell") if name else ""), width)
            )
        return self.paragraph("", more='|<w:spacing w:before="900"/>') + self.table(
            [1] * len(part.rows), [self.row(cells, height=400)], margin=120
        )

    def linked(self, words: Words, address: str) -> str:
        """A text, as a link where there is an address."""
        if not address:
            return self.runs(words)
        self.links.append(address)
        inner = self.runs(words, f'<w:color w:val="{self.accent}"/><w:u w:val="single"/>')
        return f'<w:hyperlink r:id="link{len(self.links)}">{inner}</w:hyperlink>'

    # -- The whole -----------------------------------------------------------------------------------------------

    def body(self) -> str:
        """The document itself."""
        title = self.paragraph(
            self.runs(self.paper.heading), "Heading1", turned=self.direction_of(self.paper.heading)
        )
        lead = self.paragraph(self.runs(self.paper.lead), "Soft") if self.paper.lead else ""
        parts = "".join(line for part in self.paper.parts for line in self.part(part))
        size = _PAGE if not self.paper.wide else _PAGE[::-1]
        lying = ' w:orient="landscape"' if self.paper.wide else ""
        # Parts of the head and the foot are named in styles.py's list of relations.
        return (
            f"{styles.XML}<w:document {styles.NAMES}><w:body>{title}{lead}{parts}<w:sectPr>"
            '<w:headerReference w:type="first" r:id="first"/><w:headerReference w:type="default" r:id="next"/>'
            '<w:footerReference w:type="first" r:id="foot"/><w:footerReference w:type="default" r:id="foot"/>'
            f'<w:pgSz w:w="{size[0]}" w:h="{size[1]}"{lying}/><w:pgMar w:top="1134" w:right="{_MARGIN}" '
            f'w:bottom="1134" w:left="{_MARGIN}" w:header="680" w:footer="567" w:gutter="0"/><w:titlePg/>'
            f"{'<w:bidi/>' if self.turned else ''}</w:sectPr></w:body></w:document>"
        )

    def direction_of(self, words: Words) -> bool:
        """Whether a text runs from right to left."""
        return words.turned if isinstance(words, Text) else self.turned

    def first_head(self) -> str:
        """The letterhead: arms, city, network, and a line in the city's colour."""
        city, network = self.paper.head["city"], self.paper.head["network"]
        arms = styles.picture(_("Coat of arms of %(city)s", city=city))
        words = self.paragraph(self.runs(city), "City")
        if network:
            words += self.paragraph(self.runs(network), "Soft")
        share = 820
        cells = (
            self.cell(self.paragraph(arms, "Cell"), share),
            self.cell(words, self.width - share, middle=True),
        )
        line = (
            f'<w:pBdr><w:bottom w:val="single" w:sz="10" w:space="1" w:color="{self.accent}"/></w:pBdr>|'
            '<w:spacing w:after="360"/>'
        )
        return (
            f"{styles.XML}<w:hdr {styles.NAMES}>{self.table((share, self.width - share), [self.row(cells)])}"
            f"{self.paragraph('', 'Gap', more=line)}</w:hdr>"
        )

    def next_head(self) -> str:
        """The head of further pages: city and title."""
        told = self.runs(f"{self.paper.head['city']} · {self.paper.title}")
        return f"{styles.XML}<w:hdr {styles.NAMES}>{self.paragraph(told, 'Header')}</w:hdr>"

    def foot(self) -> str:
        """For whom the paper is, who made it and when, and which page this is."""
        words = _("Page %(page)s of %(pages)s", page="\0", pages="\1")
        number = "".join(
            {"\0": styles.field("PAGE"), "\1": styles.field("NUMPAGES")}.get(each)
            or self.runs(each)
            for each in re.split("([\0\1])", words)
            if each
        )
        mark = self.runs(f"{self.paper.mark} · ", "<w:b/><w:bCs/>") if self.paper.mark else ""
        tab = f'<w:tabs><w:tab w:val="end" w:pos="{self.width}"/></w:tabs>|'
        told = f"{mark}{self.runs(self.paper.foot)}<w:r><w:tab/></w:r>{number}"
        return (
            f"{styles.XML}<w:ftr {styles.NAMES}>{self.paragraph(told, 'Footer', more=tab)}</w:ftr>"
        )

    def package(self, moment: datetime) -> bytes:
        """All parts, packed."""
        target = BytesIO()
        stamp = max(moment, datetime(1980, 1, 1, tzinfo=UTC)).timetuple()[:6]
        files: dict[str, str | bytes] = {
            "[Content_Types].xml": styles.CONTENT_TYPES,
            "_rels/.rels": styles.RELATIONS,
            "word/document.xml": self.body(),
            "word/styles.xml": styles.sheet(lang_tag(self.paper.language), turned=self.turned),
            "word/settings.xml": styles.settings(lang_tag(self.paper.language)),
            "word/numbering.xml": styles.NUMBERING,
            "word/header1.xml": self.first_head(),
            "word/header2.xml": self.next_head(),
            "word/footer1.xml": self.foot(),
            "word/_rels/document.xml.rels": styles.relations(self.links),
            "word/_rels/header1.xml.rels": styles.HEAD_RELATIONS,
            "docProps/core.xml": styles.properties(
                self.paper.title, self.paper.head["city"], lang_tag(self.paper.language), moment
            ),
            "word/media/arms.png": arms_as_png(self.paper.head["arms"]),
        }
        with ZipFile(target, "w", ZIP_DEFLATED) as package:
            for name, content in files.items():
                entry = ZipInfo(name, stamp)
                entry.compress_type = ZIP_DEFLATED
                # What no XML may hold is left out wherever it came from, addresses and titles among them.
                told = _NOT_XML.sub("", content) if isinstance(content, str) else content
                package.writestr(entry, told)
        return target.getvalue()


def _text(words: Words) -> str:
    return words.words if isinstance(words, Text) else words


def _run(text: str, language: str, look: str) -> str:
    turned = re.match(f"[{_ARABIC}]", text) is not None
    tag = lang_tag(language)
    if turned:
        spoken = f'<w:rtl/><w:lang w:bidi="{tag if direction(language) == "rtl" else "ar"}"/>'
    else:
        spoken = "" if direction(language) == "rtl" else f'<w:lang w:val="{tag}"/>'
    lines = escape(text).split("\n")
    inner = "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)
    return f"<w:r><w:rPr>{look}{spoken}</w:rPr>{inner}</w:r>"


def _tint(colour: str) -> str:
    """A colour, thinned with white to a wash."""
    return "".join(
        f"{255 - (255 - int(colour[at : at + 2], 16)) * 8 // 100:02X}" for at in (0, 2, 4)
    )
