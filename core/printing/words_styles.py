"""What every paper as DOCX has in common: its styles, settings and the list of its parts."""

from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMES = " ".join(
    f'xmlns:{short}="{name}"'
    for short, name in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    }.items()
)
INK, SOFT, LINE = "1D2327", "565F66", "D9D6CF"
SOFT_RUN = f'<w:b w:val="0"/><w:bCs w:val="0"/><w:color w:val="{SOFT}"/><w:sz w:val="18"/><w:szCs w:val="18"/>'
_WML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Fonts that every program of an office has, or has a twin of; these hold Latin, Cyrillic and Arabic.
_FONT, _ARABIC_FONT = "Calibri", "Arial"

CONTENT_TYPES = (
    f'{XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WML}.document.main+xml"/>'
    + "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_WML}.{kind}+xml"/>'
        for part, kind in (
            ("styles", "styles"), ("settings", "settings"), ("numbering", "numbering"),
            ("header1", "header"), ("header2", "header"), ("footer1", "footer"),
        )
    )
    + '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)  # fmt: skip
RELATIONS = (
    f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="document" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="properties" Type="{_PACKAGE}/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)
HEAD_RELATIONS = (
    f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="arms" Type="{_OFFICE}/image" Target="media/arms.png"/></Relationships>'
)
NUMBERING = (
    f'{XML}<w:numbering {NAMES}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/>'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="start"/>'
    '<w:pPr><w:ind w:left="284" w:hanging="284"/></w:pPr></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)


def relations(links: Sequence[str]) -> str:
    """The parts that the document names, and the addresses that it links to."""
    parts = (
        ("styles", "styles", "styles.xml"), ("settings", "settings", "settings.xml"),
        ("numbering", "numbering", "numbering.xml"), ("first", "header", "header1.xml"),
        ("next", "header", "header2.xml"), ("foot", "footer", "footer1.xml"),
    )  # fmt: skip
    listed = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in parts
    )
    listed += "".join(
        f'<Relationship Id="link{number}" Type="{_OFFICE}/hyperlink" Target={quoteattr(address)} '
        'TargetMode="External"/>'
        for number, address in enumerate(links, 1)
    )
    return f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def properties(title: str, author: str, language: str, moment: datetime) -> str:
    """What lists of files show of the document."""
    when = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        f"<dc:language>{language}</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{when}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{when}</dcterms:modified></cp:coreProperties>'
    )


def settings(language: str) -> str:
    """How programs treat the document: as one of today, in its languages."""
    return (
        f'{XML}<w:settings {NAMES}><w:zoom w:percent="100"/><w:displayBackgroundShape/>'
        '<w:defaultTabStop w:val="708"/><w:characterSpacingControl w:val="doNotCompress"/><w:compat>'
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        f'</w:compat><w:themeFontLang w:val="{language}" w:bidi="ar-SA"/></w:settings>'
    )


def field(name: str) -> str:
    """A number that the program fills in."""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> {name} </w:instrText>'
        '</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def picture(said: str) -> str:
    """The coat of arms, 13 mm high."""
    wide, high = 411840, 468000
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{wide}" cy="{high}"/><wp:docPr id="1" name="Arms" descr={quoteattr(said)}/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="1" name="Arms" descr={quoteattr(said)}/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="arms"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def _style(
    name: str, title: str, *, size: int = 0, bold: bool = False, colour: str = "", before: int = 0, after: int = 0,
    level: int = 0, kept: bool = False, more: str = "", line: int = 0,
) -> str:  # fmt: skip
    outline = f'<w:outlineLvl w:val="{level - 1}"/>' if level else ""
    spacing = f'<w:spacing w:before="{before}" w:after="{after}"{f" w:line={chr(34)}{line}{chr(34)}" if line else ""}/>'
    looks = "<w:b/><w:bCs/>" if bold else ""
    looks += f'<w:color w:val="{colour}"/>' if colour else ""
    looks += f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else ""
    following = '<w:next w:val="Normal"/>' if level else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{title}"/><w:basedOn w:val="Normal"/>'
        f"{following}<w:qFormat/><w:pPr>{'<w:keepNext/><w:keepLines/>' if kept or level else ''}{more}{spacing}"
        f"{outline}</w:pPr><w:rPr>{looks}</w:rPr></w:style>"
    )


def sheet(language: str, *, turned: bool) -> str:
    """The styles, named as programs of an office name theirs where they have such a one."""
    spoken = (
        f'<w:lang w:val="{"en" if turned else language}" w:bidi="{language if turned else "ar"}"/>'
    )
    plain = "".join(
        (
            _style("Heading1", "heading 1", size=38, bold=True, after=120, level=1),
            _style("Heading2", "heading 2", size=25, bold=True, before=320, after=120, level=2),
            _style("Heading3", "heading 3", size=22, bold=True, before=160, after=100, level=3),
            _style("Soft", "Soft", colour=SOFT, after=60),
            _style("Lead", "Lead", size=22, bold=True, after=60),
            _style("Cell", "Cell", before=30, after=50),
            _style("Strong", "Strong in a cell", bold=True, after=40),
            _style("Label", "Label", size=18, colour=SOFT, before=60, kept=True),
            _style("State", "State of a text", size=16, colour=SOFT, after=60),
            _style("TableHead", "Table head", bold=True, after=40, kept=True),
            _style("City", "City", size=26, bold=True),
            _style("Gap", "Gap", size=8),
            _style("Header", "header", size=17, colour=SOFT, after=240),
            _style("Footer", "footer", size=17, colour=SOFT),
            _style(
                "ListBullet", "List Bullet", after=40,
                more='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
            ),
        )
    )  # fmt: skip
    return (
        f"{XML}<w:styles {NAMES}><w:docDefaults><w:rPrDefault><w:rPr>"
        f'<w:rFonts w:ascii="{_FONT}" w:hAnsi="{_FONT}" w:eastAsia="{_FONT}" w:cs="{_ARABIC_FONT}"/>'
        f'<w:color w:val="{INK}"/><w:sz w:val="20"/><w:szCs w:val="20"/>{spoken}</w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="100" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault>'
        '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        f"<w:qFormat/></w:style>{plain}</w:styles>"
    )
