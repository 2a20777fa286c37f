"""Reading the setting ``MAIL_URL``."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit


class MailSettingError(Exception):
    """``MAIL_URL`` cannot be read; the message says what is expected, without the password."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in. ``tls`` is ``none``, ``start`` or ``whole``."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, tls={self.tls})"


_SHAPE = "It has the shape smtp://user:password@host:587?tls=start or smtps://user:password@host."


def mail_server(url: str) -> MailServer | None:
    """The server that ``url`` names, or None for an empty one. Raises :class:`MailSettingError`.

    ``smtp://`` goes over to TLS (STARTTLS) unless the host is this machine or ``tls=none`` says otherwise;
    ``smtps://`` is encrypted from the start.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MailSettingError(f"MAIL_URL cannot be read. {_SHAPE}") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise MailSettingError(f"MAIL_URL cannot be read. {_SHAPE}")
    tls = parse_qs(parts.query).get("tls", [""])[0]
    if tls not in {"", "start", "none"}:
        raise MailSettingError("In MAIL_URL, tls is either start or none.")
    manner = tls or ("none" if _this_machine(parts.hostname) else "start")
    if parts.scheme == "smtps":
        manner = "whole"
    return MailServer(
        host=parts.hostname,
        port=port or {"whole": 465, "start": 587, "none": 25}[manner],
        tls=manner,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
