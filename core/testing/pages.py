"""Pages as a reader's browser takes them: parsed, looked over for faults, and their forms filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import html5lib

from core.i18n.pseudo import CLOSE, OPEN

VOID_CONTROLS = frozenset({"hidden", "submit", "button", "image", "reset"})
# Elements whose text is not for reading, or is checked elsewhere.
UNREAD = frozenset({"script", "style", "template", "svg", "code", "kbd", "samp"})
READ_ATTRIBUTES = (
    "title",
    "aria-label",
    "placeholder",
    "alt",
    "aria-description",
    "aria-roledescription",
)


@dataclass
class Page:
    """A parsed page: its root element, and what the parser had to forgive."""

    root: Element
    errors: list[str]

    def all(self, *names: str) -> Iterator[Element]:
        """Every element with one of the names, in document order; all elements if none is given."""
        for element in self.root.iter():
            # A comment's tag is a function.
            if callable(element.tag):
                continue
            if not names or element.tag in names:
                yield element

    def text(self) -> str:
        """Everything that can be read, in one string."""
        return " ".join("".join(self.root.itertext()).split())


def parse(text: str) -> Page:
    """Parse a page as browsers do, keeping what they would forgive in silence."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(text)
    errors = [f"line {place[0]}: {code} {facts or ''}" for place, code, facts in parser.errors]
    return Page(root, errors)


# -- Faults ------------------------------------------------------------------------------------------------


def page_faults(text: str, *, language: str, direction: str) -> list[str]:
    """What is wrong with a page in a language: its frame, its markup, its names, its labels."""
    page = parse(text)
    faults = [f"markup: {error}" for error in page.errors]
    if not text.lstrip().lower().startswith("<!doctype html>"):
        faults.append("no doctype")
    if (page.root.get("lang"), page.root.get("dir")) != (language, direction):
        faults.append(f"lang {page.root.get('lang')!r} and dir {page.root.get('dir')!r}")
    headings = list(page.all("h1"))
    if len(headings) != 1 or not "".join(headings[0].itertext()).strip():
        faults.append(f"{len(headings)} h1")
    titles = ["".join(title.itertext()).strip() for title in page.root.iter("title")]
    if not titles or not titles[0]:
        faults.append("no title")
    faults += _inline_faults(page)
    faults += _name_faults(page)
    faults += _label_faults(page)
    return faults


def _inline_faults(page: Page) -> Iterator[str]:
    for element in page.all():
        for name, value in element.attrib.items():
            if name == "style" or re.match(r"on[a-z]", name):
                yield f"<{element.tag} {name}=…> is inline"
            if name in {"href", "src", "action", "formaction"}:
                address = urlsplit(value.strip())
                if address.scheme in {"javascript", "data", "vbscript"}:
                    yield f"<{element.tag} {name}={value[:40]!r}>"
                elif element.tag in {"script", "link", "img", "iframe", "form"} and address.netloc:
                    yield f"<{element.tag} {name}={value[:60]!r}> leaves the site"
        if element.tag == "style":
            yield "<style> is inline"
        data = element.get("type") == "application/json"
        if element.tag == "script" and not element.get("src") and not data:
            yield "<script> is inline"


def _name_faults(page: Page) -> Iterator[str]:
    seen: set[str] = set()
    for element in page.all():
        name = element.get("id")
        if name is None:
            continue
        if not name or name in seen or re.search(r"\s", name):
            yield f"id {name!r} is empty, broken or used twice"
        seen.add(name)
    for element in page.all():
        for attribute in (
            "for",
            "aria-describedby",
            "aria-labelledby",
            "aria-controls",
            "list",
            "form",
        ):
            for name in (element.get(attribute) or "").split():
                if name not in seen:
                    yield f"<{element.tag} {attribute}={name!r}> points to nothing"
        target = element.get("href") or ""
        if element.tag == "a" and re.fullmatch(r"#.+", target) and target[1:] not in seen:
            yield f"<a href={target!r}> points to nothing"


def _label_faults(page: Page) -> Iterator[str]:
    labelled = {
        label.get("for") for label in page.all("label") if "".join(label.itertext()).strip()
    }
    inside = {
        id(control)
        for label in page.all("label")
        if "".join(label.itertext()).strip()
        for control in label.iter()
    }
    for control in page.all("input", "select", "textarea"):
        unseen = "hidden" in control.attrib or control.get("aria-hidden") == "true"
        if unseen or control.get("type", "") in VOID_CONTROLS:
            continue
        if not (
            control.get("id") in labelled
            or id(control) in inside
            or control.get("aria-label")
            or control.get("aria-labelledby")
        ):
            yield f"<{control.tag} name={control.get('name')!r}> has no label"
    for control in page.all("button", "a"):
        named = (
            "".join(control.itertext()).strip()
            or control.get("aria-label")
            or any(image.get("alt") for image in control.iter("img"))
        )
        if not named and control.get("href") != "":
            yield f"<{control.tag} class={control.get('class')!r}> has no name"


# -- Words outside gettext ---------------------------------------------------------------------------------

_LETTERS = re.compile(r"[^\W\d_]{2,}")
# Countries, currencies and time zones: their names come from Babel.
_CODE = re.compile(r"[A-Z]{2,3}|[A-Za-z_]+/[\w/+-]+")


def bare_words(text: str, allowed: frozenset[str]) -> list[str]:
    """What can be read on a page of the pseudo-locale without having gone through gettext.

    What people wrote is left out, as it says of itself: elements with ``dir="auto"``, ``translate="no"`` or a
    language of their own, and times. ``allowed`` are the words that may stand anywhere, such as names of
    languages and cities.
    """
    page = parse(text)
    reader = _Reader(page.root.get("lang") or "", sorted(allowed, key=len, reverse=True))
    for part in page.root:
        reader.walk(part)
    return reader.found


class _Reader:
    """Reads a page from top to bottom, remembering whether it is inside a marked text."""

    def __init__(self, language: str, allowed: list[str]) -> None:
        self.language = language
        self.allowed = allowed
        self.depth = 0
        self.found: list[str] = []

    def read(self, words: str | None) -> None:
        bare = []
        for part in re.split(f"([{OPEN}{CLOSE}])", words or ""):
            if part == OPEN:
                self.depth += 1
            elif part == CLOSE:
                self.depth -= 1
            elif self.depth == 0:
                bare.append(part)
        rest = " ".join(" ".join(bare).split())
        for word in self.allowed:
            if word in rest:
                rest = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", rest)
        if _LETTERS.search(rest):
            self.found.append(rest.strip())

    def written(self, element: Element) -> object:
        """Whether the element says that people wrote what it holds."""
        return (
            element.get("dir") == "auto"
            or element.get("translate") == "no"
            or element.tag in {"time", "textarea"}
            or (element.tag == "option" and _CODE.fullmatch(element.get("value") or ""))
            or (element.get("lang") or self.language) != self.language
        )

    def walk(self, element: Element) -> None:
        if callable(element.tag) or element.tag in UNREAD:
            return
        written = self.written(element)
        if not written or element.tag in {"input", "select", "textarea"}:
            for name in READ_ATTRIBUTES:
                self.read(element.get(name))
            if element.tag == "input" and element.get("type") in {"submit", "button"}:
                self.read(element.get("value"))
        if written:
            return
        self.read(element.text)
        for child in element:
            self.walk(child)
            self.read(child.tail)


# -- Forms -------------------------------------------------------------------------------------------------


@dataclass
class Control:
    """A control of a form: its name, its kind, what it holds, and what may be chosen."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    required: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class PageForm:
    """A form of a page: where it goes, how, and its controls in order."""

    action: str
    method: str
    multipart: bool
    controls: list[Control]

    @property
    def names(self) -> set[str]:
        """The names of all controls."""
        return {control.name for control in self.controls}

    def filled(self) -> dict[str, list[str]]:
        """What a browser would send once somebody has filled in what must be, as plausibly as may be."""
        data: dict[str, list[str]] = {}
        for control in self.controls:
            values = control.values or (plausible(control) if control.required else [])
            if not values and control.kind not in {"checkbox", "radio", "multiple", "button"}:
                values = [""]
            if control.kind != "file" and values:
                data.setdefault(control.name, []).extend(values)
        return data


def forms(text: str, address: str) -> list[PageForm]:
    """The forms of the page at ``address``, their actions as paths of this site."""
    page = parse(text)
    by_id = {element.get("id"): element for element in page.all("form")}
    found = []
    for element in page.all("form"):
        members = [e for e in element.iter() if e.tag in {"input", "select", "textarea", "button"}]
        members += [
            e
            for e in page.all("input", "select", "textarea", "button")
            if e.get("form") and by_id.get(e.get("form")) is element
        ]
        action = urljoin(address, element.get("action") or address)
        found.append(
            PageForm(
                action,
                (element.get("method") or "get").upper(),
                element.get("enctype") == "multipart/form-data",
                list(_controls(members)),
            )
        )
    return found


def _controls(members: list[Element]) -> Iterator[Control]:
    groups: dict[str, Control] = {}
    for element in members:
        name = element.get("name")
        if not name or "disabled" in element.attrib:
            continue
        kind = element.get("type", "text") if element.tag == "input" else element.tag
        value = element.get("value", "")
        attributes = {key: str(text) for key, text in element.attrib.items()}
        required = "required" in element.attrib or element.get("aria-required") == "true"
        if element.tag == "select":
            options = list(element.iter("option"))
            values = [_option(o) for o in options if "selected" in o.attrib]
            many = "multiple" in element.attrib
            if not values and options and not many:
                values = [_option(options[0])]
            yield Control(
                name,
                "multiple" if many else "select",
                [v for v in values if v],
                [_option(o) for o in options if "disabled" not in o.attrib],
                required,
                attributes,
            )
        elif element.tag == "textarea":
            words = "".join(element.itertext())
            yield Control(name, "textarea", [words] if words else [], [], required, attributes)
        elif kind in {"checkbox", "radio"}:
            value = element.get("value", "on")
            if name not in groups:
                groups[name] = Control(name, kind, [], [], required, attributes)
                yield groups[name]
            groups[name].choices.append(value)
            if "checked" in element.attrib:
                groups[name].values.append(value)
        elif kind in {"button", "submit"} or element.tag == "button":
            # The first button is the one that Enter presses.
            if not groups.get("\0button"):
                groups["\0button"] = Control(name, "button", [value])
                yield groups["\0button"]
        else:
            yield Control(name, kind, [value] if value else [], [], required, attributes)


def _option(element: Element) -> str:
    value = element.get("value")
    return value if value is not None else "".join(element.itertext()).strip()


_PLAUSIBLE = {
    "email": "someone@example.org",
    "url": "https://example.org/",
    "password": "a lantern over the quiet harbour",
    "color": "#336699",
    "tel": "+1 555 0100",
    "file": "",
    "hidden": "",
    "button": "",
}


def plausible(control: Control) -> list[str]:
    """Something that could stand in an empty control."""
    # Any near day will do, but a form refuses one that is over in its city, where it is late before it is so in London.
    today = datetime.now(ZoneInfo("Europe/Skopje")).date()
    name = control.name.lower()
    late = "end" in name or "until" in name
    if control.kind in _PLAUSIBLE:
        made = _PLAUSIBLE[control.kind]
    elif control.kind in {"select", "radio", "multiple"}:
        made = next((choice for choice in control.choices if choice), "")
    elif control.kind == "checkbox":
        made = control.choices[0] if control.required else ""
    elif control.kind == "number" or control.attributes.get("inputmode") in {"numeric", "decimal"}:
        made = control.attributes.get("min") or "3"
    elif control.kind == "date":
        made = (today + timedelta(days=1 if late else 0)).isoformat()
    elif control.kind == "time":
        made = "11:30" if late else "10:00"
    elif control.kind == "datetime-local":
        made = f"{today.isoformat()}T10:00"
    elif control.kind == "month":
        made = today.isoformat()[:7]
    elif "email" in name:
        made = _PLAUSIBLE["email"]
    elif "website" in name or "url" in name:
        made = _PLAUSIBLE["url"]
    elif "suggestion" in name:
        # It differs from what it is a suggestion for.
        made = "Something else to read"
    else:
        made = "Something to read"
    return [made] if made else []
