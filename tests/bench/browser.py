"""A browser without a window: keeps cookies, reads forms, signs in over HTTP as a person would."""

from __future__ import annotations

import http.client
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

# An import of many rows is confirmed in one request.
PATIENCE = 120
_BOUNDARY = "the-next-part-of-the-form"


class Refused(Exception):
    """The site did not answer as a person would expect."""


class _Form(HTMLParser):
    """Collects what the forms of a page would send if nobody touched them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field of the form that is open."""
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        kind = given.get("type") or "text"
        if tag == "input" and name and (kind not in {"checkbox", "radio"} or "checked" in given):
            if kind not in {"submit", "file"}:
                self.forms[-1][name] = value
        elif tag == "textarea" and name:
            self.forms[-1].setdefault(name, "")
        elif tag == "select":
            self._select = name if "multiple" not in given else ""
        elif tag == "option" and self._select:
            # A list from which nobody chose sends its first line.
            chosen = "selected" in given
            self.forms[-1][self._select] = (
                value if chosen else self.forms[-1].get(self._select, value)
            )

    def handle_endtag(self, tag: str) -> None:
        """A select ends."""
        if tag == "select":
            self._select = ""


class Browser:
    """Somebody's browser at one site."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.cookies: dict[str, str] = {}
        self.address = ""

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept-Language": "en", **({"Cookie": cookies} if cookies else {})}

    def ask(
        self, path: str, fields: dict[str, str] | None = None, *, follow: bool = True
    ) -> tuple[int, str]:
        """GET, or POST if there are ``fields``; redirects are followed. The status and the page."""
        if fields is None:
            return self._send(path, None, "", follow=follow)
        kind = "application/x-www-form-urlencoded"
        return self._send(path, urlencode(fields).encode(), kind, follow=follow)

    def send_file(
        self, path: str, fields: dict[str, str], control: str, name: str, data: bytes
    ) -> tuple[int, str]:
        """POST a form with a file in it, as :meth:`ask` does."""
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{value}\r\n'
            for each, value in fields.items()
        ]
        parts.append(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{control}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = "".join(parts).encode() + data + f"\r\n--{_BOUNDARY}--\r\n".encode()
        return self._send(path, body, f"multipart/form-data; boundary={_BOUNDARY}", follow=True)

    def _send(self, path: str, body: bytes | None, kind: str, *, follow: bool) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._host, timeout=PATIENCE)
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode("utf-8", "replace")
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        connection.close()
        location = answer.headers.get("Location")
        self.address = path
        if follow and location and answer.status in {302, 303}:
            there = urlsplit(location)
            return self.ask(there.path + (f"?{there.query}" if there.query else ""))
        return answer.status, page

    def form(self, path: str, field: str) -> dict[str, str]:
        """What the form with ``field`` on the page at ``path`` would send. Raises :class:`Refused`."""
        status, page = self.ask(path)
        parser = _Form()
        parser.feed(page)
        for form in parser.forms:
            if field in form:
                return form
        raise Refused(f"{path} answered {status} and has no form with {field!r}.")

    def sign_in(self, email: str, password: str) -> None:
        """Sign in with address and password. Raises :class:`Refused`."""
        fields = self.form("/sign-in", "password") | {"email": email, "password": password}
        status, _page = self.ask("/sign-in", fields, follow=False)
        if status not in {302, 303}:
            raise Refused(f"Signing in answered {status}.")
