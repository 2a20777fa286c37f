"""``maillage search``."""

import click

from core.cli.common import city_called, writing


@click.group()
def search() -> None:
    """What the search finds."""


@search.command()
@click.option("--city", "slug", help="The address of one city; all cities if left out.")
@writing
def rebuild(slug: str | None) -> None:
    """Make the index of the search anew from the records. People can go on working meanwhile."""
    from core.cities.services import all_cities
    from core.database import db
    from core.search.services import rebuild as make_anew
    from core.tenancy import city_scope

    for city in [city_called(slug)] if slug else all_cities():
        read = 0
        with city_scope(city):
            for so_far in make_anew(city):
                db.session.commit()
                read = so_far
        click.echo(f"{city.slug}: {read} records can be found.")
