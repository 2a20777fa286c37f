"""Mails: written into the job table with the change they tell about, sent by the worker."""

from core.mail.address import MailServer, MailSettingError, mail_server
from core.mail.services import (
    CalendarPart,
    MailRefused,
    asked_before_sending,
    mail_text,
    send_mail,
)

__all__ = [
    "CalendarPart",
    "MailRefused",
    "MailServer",
    "MailSettingError",
    "asked_before_sending",
    "mail_server",
    "mail_text",
    "send_mail",
]
