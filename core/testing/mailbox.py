"""A real mail server on this machine, which can be slow, refuse, or break off on demand."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, AnyStr, Literal, cast

import pytest

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

# accept   takes every mail
# slow     takes every mail, after ``seconds``
# refuse   says for good that there is no such recipient
# defer    says to come again later
# decline  says for good that it does not take this mail, once it has read it
# busy     says so only for now
# cut      cuts the connection in the middle of the mail
# break    cuts the connection when the mail has been sent, without having taken it
# forget   takes the mail and cuts the connection before saying so
Manner = Literal["accept", "slow", "refuse", "defer", "decline", "busy", "cut", "break", "forget"]


@dataclass
class Mailbox:
    """A server's address, its manner, which may be changed at any time, and the mails it took."""

    host: str = "127.0.0.1"
    port: int = 0
    manner: Manner = "accept"
    seconds: float = 3.0
    messages: list[EmailMessage] = field(default_factory=list)
    attempts: int = 0

    @property
    def url(self) -> str:
        """For ``MAILLAGE_MAIL_URL``."""
        return f"smtp://{self.host}:{self.port}"

    def wait(self, count: int = 1, seconds: float = 10.0) -> list[EmailMessage]:
        """The mails, once there are ``count``. Raises ``AssertionError`` if they do not come."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < deadline, f"{len(self.messages)} mails came, not {count}."
            time.sleep(0.02)
        return list(self.messages)

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to one address."""
        return [message for message in self.messages if address in str(message["To"])]

    # The methods below are aiosmtpd's protocol.

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Decide about one recipient."""
        self.attempts += 1
        if self.manner == "refuse":
            return "550 5.1.1 There is nobody of that name here"
        if self.manner == "defer":
            return "451 4.7.1 Come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Decide about one mail."""
        if self.manner == "slow":
            await asyncio.sleep(self.seconds)
        if self.manner == "decline":
            return "554 5.7.1 This is not taken here"
        if self.manner == "busy":
            return "451 4.3.0 Come again later"
        if self.manner != "break":
            content = cast(bytes, envelope.content)
            self.messages.append(message_from_bytes(content, policy=policy.default))
        if self.manner in {"break", "forget"}:
            cast(asyncio.Transport, server.transport).abort()
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes every mail, until its ``manner`` is set to another."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP

    listener = socket.create_server(("127.0.0.1", 0))
    box = Mailbox(port=listener.getsockname()[1])

    class CutsOff(SMTP):
        """Ends the connection at the first bytes of a mail's content, if the manner is such."""

        in_content = False

        async def push(self, status: AnyStr) -> None:
            self.in_content = status[:3] in {"354", b"354"}
            await super().push(status)

        def data_received(self, data: bytes) -> None:
            if self.in_content and box.manner == "cut":
                cast(asyncio.Transport, self.transport).abort()
                return
            super().data_received(data)

    class OnOurSocket(Controller):
        """Listens on a socket that is already open, so that its port is nobody else's."""

        def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
            return self.loop.create_server(self._factory_invoker, sock=listener)

        def factory(self) -> SMTP:
            return CutsOff(self.handler, **self.SMTP_kwargs)

    controller = OnOurSocket(box, hostname=box.host, port=box.port, enable_SMTPUTF8=True)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def dead_mail_url() -> Iterator[str]:
    """The address of a mail server that is not there: connections are refused."""
    with socket.socket() as reserved:
        # Bound and not listening: nobody else can take the port, and nobody answers on it.
        reserved.bind(("127.0.0.1", 0))
        yield f"smtp://127.0.0.1:{reserved.getsockname()[1]}"
