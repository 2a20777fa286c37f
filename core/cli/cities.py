"""``maillage cities``."""

from zoneinfo import available_timezones

import click
from flask.cli import with_appcontext

from core.cli.common import pairs, writing


@click.group()
def cities() -> None:
    """The cities of this site."""


@cities.command("list")
@with_appcontext
def list_cities() -> None:
    """List the cities: address, name, languages, plugins that are on."""
    from core.cities.services import all_cities
    from core.tenancy import city_scope
    from core.web import enabled_plugins

    found = all_cities()
    for city in found:
        with city_scope(city):
            on = ", ".join(sorted(enabled_plugins(city))) or "no plugins"
        click.echo(
            f"{city.slug}\t{city.name_in(city.default_language)}\t{' '.join(city.languages)}\t{on}"
        )
    if not found:
        click.echo("There is no city yet. Make one with maillage cities add.")


@cities.command()
@click.argument("address")
@click.option(
    "--name",
    "names",
    multiple=True,
    required=True,
    metavar="LANGUAGE=NAME",
    help="The city’s name; repeat for each language.",
)
@click.option(
    "--body",
    "bodies",
    multiple=True,
    metavar="LANGUAGE=NAME",
    help="What its network is called, such as en=CAT.",
)
@click.option(
    "--official",
    multiple=True,
    required=True,
    metavar="LANGUAGE",
    help="An official language; repeat for each.",
)
@click.option(
    "--working",
    multiple=True,
    metavar="LANGUAGE",
    help="A further working language; repeat for each.",
)
@click.option("--zone", required=True, help="The time zone, such as Europe/Skopje.")
@click.option(
    "--country", required=True, help="The country’s code of two letters, for public holidays."
)
@click.option(
    "--plugin", "plugin_names", multiple=True, help="A plugin to switch on; repeat for each."
)
@writing
def add(
    address: str,
    names: tuple[str, ...],
    bodies: tuple[str, ...],
    official: tuple[str, ...],
    working: tuple[str, ...],
    zone: str,
    country: str,
    plugin_names: tuple[str, ...],
) -> None:
    """Make a city. ADDRESS is the first part of its pages' addresses, such as brezovo."""
    from core.audit.services import record
    from core.cities.services import UnknownPlugin, create_city, find_city, set_plugin
    from core.database import db
    from core.i18n import LANGUAGES
    from core.tenancy import city_scope
    from core.web import valid_slug

    if not valid_slug(address):
        raise click.UsageError(
            "An address has 3 to 40 characters of a-z, 0-9 and hyphen, and is not a word of the site."
        )
    if zone not in available_timezones():
        raise click.UsageError(f"{zone!r} is not a time zone. They are written like Europe/Skopje.")
    country = country.upper()
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise click.UsageError("A country is written as a code of two letters, such as MK.")
    for language in (*official, *working):
        if language not in LANGUAGES:
            raise click.UsageError(
                f"{language!r} is not among the site’s languages: {', '.join(LANGUAGES)}."
            )
    if find_city(address) is not None:
        raise click.ClickException(f"There is a city called {address!r} already.")
    city = create_city(
        address,
        pairs(names, "A name"),
        body_names=pairs(bodies, "A network’s name"),
        official_languages=list(dict.fromkeys(official)),
        working_languages=list(dict.fromkeys(working)),
        default_language=official[0],
        zone=zone,
        country=country,
    )
    with city_scope(city):
        for name in plugin_names:
            try:
                set_plugin(name, enabled=True)
            except UnknownPlugin:
                raise click.ClickException(
                    f"There is no plugin called {name!r}. Nothing was saved."
                ) from None
        record("city.added", details={"plugins": ", ".join(plugin_names)})
    db.session.commit()
    click.echo(f"{address} is made. Invite its first administrator with maillage people invite.")
