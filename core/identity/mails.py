"""The mails of signing in: short, in the recipient's language, without anything that is not theirs to read.

Their links lead to the address of the site's settings, never to the one a request came with, and a page behind a link
shows before it acts: programs that check mail for viruses open every link.
"""

from collections.abc import Callable

from flask import current_app
from sqlalchemy import select

from core.cities.models import City
from core.database import db
from core.i18n import force_language, known_language, ngettext
from core.i18n import gettext as _
from core.identity.models import Invitation, Organisation, Person

RESET_HOURS = 2
ADDRESS_CHANGE_HOURS = 2

Letter = tuple[str, list[str]]


def site_url(endpoint: str, **values: str) -> str:
    """The full address of a page, for a mail."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{current_app.config['SITE_URL'].rstrip('/')}{path}"


def language_of(person: Person) -> str:
    """The language in which somebody is written to."""
    return known_language(person.language or current_app.config.get("DEFAULT_LANGUAGE", "en"))


def _send(to: str, language: str, write: Callable[[], Letter], city: City | None = None) -> None:
    from core.mail import send_mail

    with force_language(language, city):
        subject, paragraphs = write()
        send_mail(to, subject, "\n\n".join(paragraphs), locale=language)


def ask_for_reset(address: str, language: str) -> None:
    """Have the worker send a link for a new password, if the address has an account. The caller commits.

    Whether there is an account is found out later, so that the page takes as long for a stranger.
    """
    from core.jobs import enqueue

    enqueue("identity.reset_link", {"address": address, "language": language})


def send_reset_link(address: str) -> None:
    """Write the link for a new password to the owner of ``address``, if there is one."""
    from core.identity.tokens import reset_token

    person = db.session.scalar(select(Person).where(Person.email == address))
    if person is None or not person.active or person.demo:
        return
    link = site_url("security.reset_password", token=reset_token(person))

    def write() -> Letter:
        return _("A new password for Maillage"), [
            _("You, or somebody who knows your address, asked for a new password."),
            _("To choose one, open this link:"),
            link,
            ngettext(
                "It works for %(num)s hour, and once.",
                "It works for %(num)s hours, and once.",
                RESET_HOURS,
            ),
            _("If it was not you, there is nothing to do: your password stays as it is."),
        ]

    _send(person.email, language_of(person), write)


def send_address_change(person: Person, address: str, token: str) -> None:
    """Write the link that confirms a new address to that address."""
    link = site_url("identity.confirm_address", token=token)

    def write() -> Letter:
        return _("Confirm your new address"), [
            _("This address was given as the new one of an account on Maillage."),
            _("To confirm it, open this link and press the button:"),
            link,
            ngettext(
                "It works for %(num)s hour.", "It works for %(num)s hours.", ADDRESS_CHANGE_HOURS
            ),
            _("If you know nothing of this, there is nothing to do."),
        ]

    _send(address, language_of(person), write)


def tell_address_taken(address: str, language: str) -> None:
    """Tell the owner of an address that somebody tried to use it for another account."""

    def write() -> Letter:
        return _("This address already has an account"), [
            _("Somebody gave this address as the new one of another account on Maillage."),
            _("Nothing was changed. If it was you: sign in with this address instead."),
        ]

    _send(address, language, write)


def tell_address_changed(person: Person, former: str) -> None:
    """Tell the former address that the account has a new one."""

    def write() -> Letter:
        return _("Your address was changed"), [
            _("Your account on Maillage has a new e-mail address. This one is no longer used."),
            _("If it was not you, tell the administrator of your city now."),
        ]

    _send(former, language_of(person), write)


def tell_password_changed(person: Person) -> None:
    """Tell somebody that their password was changed."""

    def write() -> Letter:
        return _("Your password was changed"), [
            _("The password of your account on Maillage was changed."),
            _(
                "If it was not you, ask for a new password on the sign-in page now, and tell the administrator."
            ),
            site_url("security.forgot_password"),
        ]

    _send(person.email, language_of(person), write)


def tell_factor_changed(person: Person, sentence: str) -> None:
    """Tell somebody that the ways in to their account changed; ``sentence`` says how."""

    def write() -> Letter:
        return _("The ways in to your account changed"), [
            sentence,
            _("If it was not you, tell the administrator of your city now."),
        ]

    _send(person.email, language_of(person), write)


def tell_factors_reset(person: Person, by: str) -> None:
    """Tell somebody that their second step and passkeys were taken away, and by whom."""

    def write() -> Letter:
        return _("Your second step was reset"), [
            _(
                "%(who)s removed the second step and the passkeys of your account, and you were signed out "
                "everywhere.",
                who=by,
            ),
            _("Sign in with your password and set them up again."),
            site_url("security.login"),
            _("If you did not ask for this, tell the administrator of your city now."),
        ]

    _send(person.email, language_of(person), write)


def send_invitation(
    invitation: Invitation, city: City, organisation: Organisation | None, token: str
) -> None:
    """Write an invitation in its language: city, organisation, link, and no more."""
    language = known_language(invitation.language)
    link = site_url("security.invitation", token=token)

    def write() -> Letter:
        city_name = city.name_in(language)
        if organisation is not None:
            first = _(
                "You are invited to take part in the prevention network of %(city)s for %(organisation)s.",
                city=city_name,
                organisation=organisation.name_in(language),
            )
        else:
            first = _(
                "You are invited to take part in the prevention network of %(city)s.",
                city=city_name,
            )
        return _("An invitation from %(city)s", city=city_name), [
            first,
            _("To accept, open this link:"),
            link,
            ngettext(
                "It works for %(num)s day, and once.", "It works for %(num)s days, and once.", 14
            ),
            _("If you did not expect this, there is nothing to do."),
        ]

    _send(invitation.email, language, write, city)
