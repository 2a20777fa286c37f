"""Any input, in any field, header or path, gets an answer that says what is wrong, and never a failure of ours.

Every form of the site is found by opening every page, filled in as a person would, and then spoiled: one field at a
time with each of the seeds that broke naive views, then several fields with whatever hypothesis makes up. The same
seeds go into addresses, queries and headers, and into bodies that are no forms at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from core.identity.sessions import cookie_name
from core.testing.contract import SAFE, House, Principal, Route
from core.testing.pages import PageForm, forms

# Thousands of requests each: on a busy machine they take longer than other tests may.
pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(900)]

READERS = ("member", "city_administrator", "focal_point", "anonymous")

# What broke naive views, on one database or on both (security.md, 5.8), and what people paste.
SEEDS = [
    "9" * 19,
    "9" * 11,
    "-1",
    "-9223372036854775809",
    "0",
    "1e30",
    "1e999",
    "NaN",
    "Infinity",
    "3.7",
    "9" * 4301,
    "٣",
    "²",
    "0x10",
    "true",
    "null",
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfffb",
    "\ufffe",
    "x" * 5_000,
    "x" * 70_000,
    "ع" * 3_000,
    "😀" * 300,
    "a\u0301" * 500,
    "2025-02-30",
    "0000-00-00",
    "9999-12-31",
    "10000-01-01",
    "0001-01-01",
    "-0001-01-01",
    "2025-13-01T25:61",
    "24:00",
    "12:00:60",
    "[]",
    "{}",
    '["a"]',
    "[" * 20_000,
    "a\r\nSet-Cookie: x=1",
    "%s%(name)s{0}",
    "{{ 7 * 7 }}",
    "'; DROP TABLE identity_person; --",
    "%' OR 1=1 --",
    "\\",
    "_",
    "%",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "http://[::1",
    "http://]/",
    "//evil.example/",
    "javascript:alert(1)",
    "\u202eevil\u202c",
    "\u200b",
    " ",
    "",
    "Etc/GMT+99",
    "xx_XX",
    "a@" + "b" * 300 + ".example",
    "\r\n@x",
]
# A browser cannot send half a character; a program can, and the bytes below are read as one.
BYTES = [b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"a=%00", b"\x00", b"%ff%fe", b"%ED%A0%80"]

anything = st.one_of(
    st.sampled_from(SEEDS),
    st.text(max_size=40),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.text(alphabet="0123456789-:.,T+ ", max_size=20),
)


T = TypeVar("T")


def dose(items: Sequence[T], number: int, one_in: int) -> Sequence[T]:
    """Every so-manieth of ``items``, another share for each ``number``; all of them in the long lane."""
    return items if settings().max_examples > 200 else items[number % one_in :: one_in]


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    return b"&".join(
        quote(as_bytes(name)).encode() + b"=" + quote(as_bytes(value)).encode()
        for name, value in pairs
    )


@pytest.fixture(autouse=True)
def _put_back(house: House) -> Iterator[None]:
    yield
    house.restore()


def judge(house: House, answer: Response, what: str) -> None:
    """Fail on an answer that is a failure of ours; put back what was changed."""
    log = house.faults.take()
    assert answer.status_code < 500, f"{what}\nanswered {answer.status_code}\n{log}"
    for value in answer.headers.values():
        assert "\n" not in value
        assert "\r" not in value
    if answer.status_code in {302, 303}:
        target = answer.headers["Location"]
        assert re.match(r"/(?![/\\])", target), f"{what}: {target}"
        house.restore()


def send(
    house: House, who: Principal, form: PageForm, data: list[tuple[str, str]], **more: Any
) -> None:
    if form.method == "GET":
        path = form.action.partition("?")[0] + "?" + encoded(data).decode()
        judge(house, house.ask(who, "GET", path), f"GET {path[:300]} as {who}")
        return
    if form.multipart:
        body, kind = (
            multipart(data, more.get("files", [])),
            "multipart/form-data; boundary=frontier",
        )
    else:
        body, kind = encoded(data), "application/x-www-form-urlencoded"
    answer = house.ask(who, "POST", form.action, data=body, content_type=kind)
    shown = [(name, value[:80]) for name, value in data]
    judge(house, answer, f"POST {form.action} as {who}: {shown}")


def multipart(data: list[tuple[str, str]], files: list[tuple[str, bytes, bytes, bytes]]) -> bytes:
    """A body as a careless program would write it: nothing is escaped."""
    parts = [
        b'Content-Disposition: form-data; name="' + as_bytes(name) + b'"\r\n\r\n' + as_bytes(value)
        for name, value in data
    ]
    parts += [
        b'Content-Disposition: form-data; name="'
        + as_bytes(name)
        + b'"; filename="'
        + called
        + b'"\r\nContent-Type: '
        + kind
        + b"\r\n\r\n"
        + content
        for name, called, kind, content in files
    ]
    return b"".join(b"--frontier\r\n" + part + b"\r\n" for part in parts) + b"--frontier--\r\n"


def pairs_of(form: PageForm) -> list[tuple[str, str]]:
    return [(name, value) for name, values in form.filled().items() for value in values]


Found = tuple[Principal, PageForm]


@pytest.fixture(scope="module")
def all_forms(house: House) -> list[Found]:
    """Every form of the site, each once, with somebody who may use it."""
    found: dict[tuple[str, str, tuple[str, ...]], Found] = {}
    for route in house.routes:
        if "GET" not in route.methods or route.area == "static":
            continue
        for who in (house.principal(name) for name in READERS):
            path = house.address(route, who)
            answer = house.ask(who, "GET", path)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            for form in forms(answer.get_data(as_text=True), path):
                action = re.sub(r"[a-z2-7]{16}", "…", form.action.partition("?")[0])
                found.setdefault((form.method, action, tuple(sorted(form.names))), (who, form))
    assert len(found) > 10
    return list(found.values())


# -- Forms -------------------------------------------------------------------------------------------------


def test_every_field_survives_every_seed(house: House, all_forms: list[Found]) -> None:
    number = 0
    for who, form in all_forms:
        for control in form.controls:
            if control.kind in {"file", "button"}:
                continue
            number += 1
            pairs = [(name, value) for name, value in pairs_of(form) if name != control.name]
            for seed in dose(SEEDS, number, 12):
                send(house, who, form, [*pairs, (control.name, seed)])
            send(house, who, form, pairs)
            send(house, who, form, [*pairs, *[(control.name, "x")] * 50])


@given(st.data())
def test_forms_survive_what_nobody_thought_of(
    house: House, all_forms: list[Found], data: st.DataObject
) -> None:
    who, form = data.draw(st.sampled_from(all_forms))
    pairs = pairs_of(form)
    names = sorted(form.names | {"next", "id", "x"})
    spoiled = data.draw(
        st.lists(st.tuples(st.sampled_from(names), anything), min_size=1, max_size=6)
    )
    kept = [(name, value) for name, value in pairs if name not in {n for n, _v in spoiled}]
    send(house, who, form, [*kept, *spoiled])


# -- Files -------------------------------------------------------------------------------------------------

FILES = [
    (b"", b"text/calendar", b""),
    (b"a.ics", b"text/calendar", b"BEGIN:VCALENDAR"),
    (b"a.ics", b"text/calendar", b"\x00" * 100),
    (b"a.ics", b"text/calendar", b"\xff\xfe\x00\xd8"),
    (b"a.ics", b"text/calendar", b"BEGIN:VCALENDAR\r\n" * 5_000),
    (b"a\r\nX-Evil: 1.pdf", b"application/pdf", b"%PDF-1.4\n"),
    (b"..\\..\\x.png", b"image/png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 30),
    (b"../../etc/passwd", b"text/plain", b"x"),
    (b"x" * 4_000 + b".txt", b"text/plain", b"x"),
    (b"\xff\xfe.txt", b"text/plain", b"x"),
    (b"\xe2\x80\xaegpj.exe", b"image/jpeg", b"MZ"),
    (b"a.svg", b"image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    (b"a.html", b"text/html", b"<script>x()</script>"),
    (b"a.zip", b"application/zip", b"PK\x03\x04" + b"\x00" * 40),
    (b"con", b"a/b/c;;;", b"x"),
]


def test_every_upload_survives_every_file(house: House, all_forms: list[Found]) -> None:
    tried = 0
    for who, form in all_forms:
        for control in form.controls:
            if control.kind == "file":
                for called, kind, content in FILES:
                    tried += 1
                    file = (control.name, called, kind, content)
                    send(house, who, form, pairs_of(form), files=[file])
    assert tried, "no page takes a file: the test has lost its object"


# -- Bodies that are no forms --------------------------------------------------------------------------------

BODIES = [
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b'"text"'),
    ("application/json", b"null"),
    ("application/json", b"[" * 100_000),
    (
        "application/json",
        b'{"email": {"a": 1}, "password": [1], "next": 5, "credential": [], "id": {}}',
    ),
    ("application/json", b'{"email": 1, "password": null, "credential": "x", "response": {}}'),
    ("application/json", b'{"a": ' + b"9" * 5_000 + b"}"),
    ("application/json", b"\xff\xfe"),
    ("application/json; charset=nonesuch", b"{}"),
    ("application/x-www-form-urlencoded", b"&&&==;&a&=b&%zz=%"),
    ("application/x-www-form-urlencoded; charset=utf-7", b"a=+ADw-"),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a'),
    ("multipart/form-data; boundary=x", b"--x\r\n" + b"a: b\r\n" * 2_000 + b"\r\n--x--"),
    ("multipart/form-data; boundary=" + "b" * 2_000, b"x"),
    ("multipart/mixed; boundary=x", b"--x\r\n\r\n--x--"),
    ("text/xml", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
    ("", b"a=b"),
    ("\xff/\xfe", b"a=b"),
    *[("application/x-www-form-urlencoded", b"language=" + raw) for raw in BYTES],
]


def test_every_address_survives_bodies_that_are_no_forms(house: House) -> None:
    for number, route in enumerate(house.routes):
        if not set(route.methods) - SAFE:
            continue
        for place, name in enumerate(("member", "city_administrator", "anonymous")):
            who = house.principal(name)
            path = house.address(route, who)
            for kind, body in dose(BODIES, number + place, 8):
                for accept in dose(("text/html", "application/json"), number, 2):
                    answer = house.ask(
                        who, "POST", path, data=body, content_type=kind, headers={"Accept": accept}
                    )
                    judge(house, answer, f"POST {path} as {who}: {kind[:60]} {body[:60]!r}")
    house.restore()


# -- Addresses, queries and headers --------------------------------------------------------------------------

QUERIES = (
    "q page after before cursor sort order limit offset next status type level language lang kind"
).split()


@pytest.fixture(scope="module")
def query_names(house: House, all_forms: list[Found]) -> list[str]:
    """Every name that a page puts into its own addresses, and those that programs try."""
    names = set(QUERIES)
    for _who, form in all_forms:
        if form.method == "GET":
            names |= form.names
    for route in house.routes:
        if "GET" in route.methods:
            who = house.principal("member")
            # Some addresses give files, which are no text.
            text = (
                house.ask(who, "GET", house.address(route, who)).get_data().decode(errors="replace")
            )
            names |= set(re.findall(r'href="[^"]*[?;&]([a-z_]+)=', text))
    return sorted(names)


def readable(house: House) -> list[tuple[Principal, str]]:
    found = []
    for route in house.routes:
        if "GET" in route.methods and route.area != "static":
            for name in ("member", "city_administrator", "anonymous"):
                who = house.principal(name)
                path = house.address(route, who)
                if house.ask(who, "GET", path).status_code == 200:
                    found.append((who, path))
                    break
    return found


def test_every_query_survives_every_seed(house: House, query_names: list[str]) -> None:
    short = [seed for seed in SEEDS if len(seed) < 6_000]
    for number, (who, path) in enumerate(readable(house)):
        for seed in dose(short, number, 12):
            query = encoded([(name, seed) for name in query_names]).decode()
            judge(house, house.ask(who, "GET", f"{path}?{query}"), f"GET {path}?*={seed[:60]!r}")
        for name in query_names:
            for seed in dose(short[::3], number + len(name), 40):
                query = encoded([(name, seed)]).decode()
                judge(house, house.ask(who, "GET", f"{path}?{query}"), f"GET {path}?{query[:120]}")
        for raw in BYTES:
            query = "q=" + quote(raw, safe="%")
            judge(house, house.ask(who, "GET", f"{path}?{query}"), f"GET {path}?{query}")


@given(st.data())
def test_queries_survive_what_nobody_thought_of(
    house: House, query_names: list[str], data: st.DataObject
) -> None:
    who, path = data.draw(st.sampled_from(_readable_once(house)))
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(query_names), anything), max_size=5))
    query = encoded(pairs).decode()[:6_000]
    judge(house, house.ask(who, "GET", f"{path}?{query}"), f"GET {path}?{query[:200]} as {who}")


_READABLE: dict[int, list[tuple[Principal, str]]] = {}


def _readable_once(house: House) -> list[tuple[Principal, str]]:
    if id(house) not in _READABLE:
        _READABLE[id(house)] = readable(house)
    return _READABLE[id(house)]


def test_every_segment_survives_every_seed(house: House) -> None:
    segments = [quote(as_bytes(seed), safe="") for seed in SEEDS if 0 < len(seed) < 5_000]
    segments += ["%2e%2e", "%2e%2e%2f", "%00", "%ff%fe", "%ED%A0%80", "%0d%0a", ".", "a%2fb", "%25"]
    number = 0
    for name in ("member", "city_administrator", "anonymous"):
        who = house.principal(name)
        for route in house.routes:
            for argument in route.arguments:
                number += 1
                for segment in dose(segments, number, 16):
                    path = spoiled_address(house, route, who, argument, segment)
                    method = route.methods[number % len(route.methods)]
                    judge(house, house.ask(who, method, path), f"{method} {path[:200]} as {who}")


def spoiled_address(house: House, route: Route, who: Principal, argument: str, segment: str) -> str:
    """The address of a route in which one argument is replaced by ``segment``, written as it stands."""
    path = route.rule
    proper = house.arguments(route, who)
    for name in route.arguments:
        text = segment if name == argument else quote(str(proper[name]), safe="")
        before, after = re.split(rf"<(?:[^<>:]+:)?{name}>", path)
        path = before + text + after
    return path


HEADERS: dict[str, list[str]] = {
    "Accept-Language": ["", "*", "x" * 5_000, "en;q=nan", "en;q=1e999", ",,,;;;=", "sr-Latn-RS,sr;q=9", "ar-" * 900],
    "Accept": ["", "*/*;q=x", "text/html;" * 500, "application/json"],
    "Cookie": ["", "maillage", "maillage=", "maillage=s_", "maillage=s_" + "A" * 43, "maillage=" + "x" * 4_000,
               "maillage=eyJhIjoxfQ.x.y", "=;=;=", "maillage=\"\\000\"", "a=\xff"],
    "Range": ["bytes=0-", "bytes=-1", "bytes=9-1", "bytes=a-b", "bytes=" + "9" * 40 + "-", "x", "bytes=0-1,2-3"],
    "If-None-Match": ["*", '"', 'W/"', '"x"' * 500, "\xff"],
    "If-Modified-Since": ["x", "Thu, 01 Jan 0000 00:00:00 GMT", "Mon, 31 Feb 9999 99:99:99 GMT"],
    "Host": ["", "a b", "localhost:99999", "[::1", "xn--", "x" * 300, "localhost/evil", "\xff", "localhost:x"],
    "Referer": ["http://[", "//", "\xff"],
    "Origin": ["null", "http://[", "x"],
    "X-Forwarded-For": ["x", "1.2.3.4, 999.1.1.1", "[", "127.0.0.1"],
    "X-Forwarded-Host": ["evil.example", "[::1", "x" * 300],
    "X-Forwarded-Proto": ["x", "https,http"],
    "User-Agent": ["", "x" * 5_000, "\xff\xfe", "Mozilla/5.0 (" * 300],
    "HX-Request": ["true", "x"],
    "HX-Current-URL": ["http://[", "x"],
    "Authorization": ["x", "Basic x", "Basic Og==", "Bearer " + "x" * 3_000, "Digest a=b"],
    "Content-Length": ["x", "-1"],
    "Transfer-Encoding": ["chunked", "x"],
    "Authentication-Token": ["x", "\xff"],
    "X-Request-Id": ["x" * 5_000, "a\tb"],
}  # fmt: skip


def test_every_header_survives(house: House) -> None:
    pages = [("GET", path, who) for who, path in readable(house)]
    pages += [
        ("POST", "/sign-in", house.principal("anonymous")),
        ("POST", "/language", house.principal("member")),
    ]
    pages += [
        ("GET", "/no/such/page", house.principal("anonymous")),
        ("GET", "/static/none.css", house.principal("member")),
    ]
    for number, (method, path, who) in enumerate(pages):
        for name, values in HEADERS.items():
            # Every page is asked with some, and the first page with all.
            for value in values if number < 2 else dose(values, number, 4):
                variable = "HTTP_" + name.upper().replace("-", "_")
                if name == "Content-Length":
                    variable = "CONTENT_LENGTH"
                environ = EnvironBuilder(path, method=method).get_environ() | {
                    "HTTP_COOKIE": f"{cookie_name(house.app)}={who.token}",
                    variable: value,
                }
                # Without the test's own client, which would stumble over some of these names of hosts.
                body, status, headers = run_wsgi_app(house.app, environ, buffered=True)
                answer = Response(body, status, headers)
                judge(house, answer, f"{method} {path} with {name}: {value[:80]!r}")


def test_what_is_sent_back_in_a_header_is_one_line(house: House) -> None:
    who = house.principal("member")
    for seed in (
        "/x\r\nSet-Cookie: a=b",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%0d%0aX: y",
    ):
        answer = house.ask(who, "POST", "/language", data={"language": "fr", "next": seed})
        judge(house, answer, f"next={seed!r}")
        assert "evil" not in answer.headers.get("Location", "")
