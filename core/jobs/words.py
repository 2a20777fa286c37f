"""What the page says of jobs: what each would do, and why it failed, without anything of what it holds."""

from collections.abc import Mapping

from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.jobs.services import kind_called


def title_of(name: str) -> str:
    """What a job of the kind ``name`` does, in the reader's language."""
    from core.registry import plugin_registry

    kind = kind_called(name)
    if kind is not None and str(kind.title):
        return str(kind.title)
    plugin = plugin_registry().plugins.get(name.partition(".")[0])
    if plugin is not None:
        return _("Work of the plugin %(plugin)s", plugin=plugin.title)
    return _("Work of a part of the site that is not there any more")


_AWAY: object = _l("The mail server cannot be reached.")
_CUT_OFF: object = _l("The mail server broke off in the middle, or did not answer in time.")
_UNSAFE: object = _l("The connection to the mail server cannot be made safe.")
_NOT_SIGNED_IN: object = _l("The mail server does not accept the site’s user and password.")
_DATABASE: object = _l("The database did not answer.")

# By the names of the classes that a job's row keeps; their messages may quote addresses and are never kept.
_OF_MAIL: Mapping[str, object] = {
    "ConnectionRefusedError": _AWAY,
    "SMTPConnectError": _AWAY,
    "gaierror": _AWAY,
    "OSError": _AWAY,
    "ConnectionResetError": _CUT_OFF,
    "BrokenPipeError": _CUT_OFF,
    "SMTPServerDisconnected": _CUT_OFF,
    # Of a server that answers no greeting; what falls silent later on is a disconnection for smtplib.
    "TimeoutError": _AWAY,
    "SSLError": _UNSAFE,
    "SSLCertVerificationError": _UNSAFE,
    "NoEncryption": _UNSAFE,
    "SMTPAuthenticationError": _NOT_SIGNED_IN,
    "NoSignIn": _NOT_SIGNED_IN,
    "SMTPSenderRefused": _l(
        "The mail server does not accept the address that the site sends from."
    ),
    "SMTPNotSupportedError": _l("The mail server cannot take an address in another script."),
    "MailRefused": _l("The mail cannot be written with this address or subject."),
}
# A server says either that it never takes it or that one should come again: (while it waits, once it is stuck).
_REFUSED: Mapping[str, tuple[object, object]] = {
    "SMTPRecipientsRefused": (
        _l("The mail server does not take mails for this address at the moment."),
        _l("The mail server does not take mails for this address."),
    ),
    "SMTPDataError": (
        _l("The mail server does not take this mail at the moment."),
        _l("The mail server does not take this mail."),
    ),
}
_OF_ANY: Mapping[str, object] = {
    "OperationalError": _DATABASE,
    "InterfaceError": _DATABASE,
    "PluginOff": _l("Its plugin is switched off, or was left out of the site."),
    "WorkerEnded": _l("Each time, the work on it was broken off in the middle."),
    "NobodyDoesIt": _l("No part of the site does such work any more."),
    "": _l("The work on it was broken off in the middle."),
}


def reason_of(kind: str, error: str, *, stuck: bool) -> str:
    """Why a job failed, in a sentence of the reader's language."""
    if kind == "mail.send":
        if error in _REFUSED:
            return str(_REFUSED[error][stuck])
        if error in _OF_MAIL:
            return str(_OF_MAIL[error])
    if error in _OF_ANY:
        return str(_OF_ANY[error])
    return _(
        "A fault of the software. Whoever runs the site finds it in its log as %(name)s.",
        name=error,
    )
