"""``maillage people``."""

import click

from core.cli.common import city_called, writing
from core.permissions import Permission, Role


@click.group()
def people() -> None:
    """Invite people, and help those who lost their way in."""


@people.command()
@click.argument("email")
@click.option("--city", "slug", required=True, help="The city’s address.")
@click.option("--name", required=True, help="The name that others in the city see.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    default=(Role.CITY_ADMINISTRATOR.value,),
    show_default=True,
    type=click.Choice([role.value for role in Role]),
    help="What they are; repeat for several.",
)
@click.option("--language", help="The language of the mail, if not the city’s.")
@writing
def invite(email: str, slug: str, name: str, roles: tuple[str, ...], language: str | None) -> None:
    """Make a membership and invite EMAIL to take it up. The way to a city's first administrator.

    Where no mail server is set, the link is printed instead.
    """
    from flask import current_app

    from core.database import db
    from core.directory.services import add_membership
    from core.forms import clean
    from core.i18n import LANGUAGES
    from core.identity.invitations import invite as send_invitation
    from core.identity.mails import site_url
    from core.tenancy import city_scope
    from core.values import Viewer

    city = city_called(slug)
    language = language or city.default_language
    if language not in LANGUAGES:
        raise click.UsageError(
            f"{language!r} is not among the site’s languages: {', '.join(LANGUAGES)}."
        )
    shown_name = (clean(name) or "")[:120]
    if not shown_name:
        raise click.UsageError("A name is needed.")
    operator = Viewer(
        person_id="",
        name="",
        locale=language,
        city_id=city.id,
        membership_id="",
        organisation_id=None,
        roles=frozenset(role.value for role in Role),
        permissions=frozenset(permission.value for permission in Permission),
    )
    with city_scope(city):
        try:
            membership = add_membership(operator, {"shown_name": shown_name}, roles)
            token = send_invitation(membership, email, language)
        except ValueError:
            raise click.ClickException(
                f"{email!r} is not an address that a mail could reach."
            ) from None
        db.session.commit()
        if current_app.config["MAIL_URL"]:
            click.echo(f"The invitation is on its way to {email}, once the worker runs.")
        else:
            click.echo("No mail server is set. Give this link to the person, and to nobody else:")
            click.echo(site_url("security.invitation", token=token))


@people.command("reset-factor")
@click.argument("email")
@click.confirmation_option(
    "--yes", prompt="Take every second step and passkey from this account?", help="Do not ask."
)
@writing
def reset_factor(email: str) -> None:
    """Take the second step and the passkeys from EMAIL's account, sign it out everywhere, and tell its owner."""
    from sqlalchemy import func, select

    from core.database import db
    from core.i18n import force_language
    from core.i18n import gettext as _
    from core.identity.factors import reset_factors
    from core.identity.models import Person

    person = db.session.scalar(
        select(Person).where(func.lower(Person.email) == email.strip().lower())
    )
    if person is None:
        raise click.ClickException(f"There is no account for {email!r}.")
    with force_language(person.language):
        by = _("The site’s operator")
    reset_factors(person, by)
    db.session.commit()
    click.echo("Done. They sign in with their password and set up a new second step.")
