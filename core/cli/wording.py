"""``maillage wording``."""

from typing import IO

import click
from flask.cli import with_appcontext

from core.cli.common import city_called


@click.group()
def wording() -> None:
    """The words of the interface that readers reported."""


@wording.command()
@click.argument("language")
@click.option("--city", "slug", help="The address of one city; all cities if left out.")
@click.option(
    "--open/--accepted",
    "also_open",
    default=False,
    help="Take what nobody has settled yet as well; only what was accepted if left out.",
)
@click.option(
    "--output",
    type=click.File("wb"),
    default="-",
    help="Where the file goes; to the screen if left out.",
)
@with_appcontext
def export(language: str, slug: str | None, also_open: bool, output: IO[bytes]) -> None:
    """Write the reports of one LANGUAGE as a PO file for translators' tools."""
    from core.cities.services import all_cities
    from core.i18n import LANGUAGES
    from core.tenancy import city_scope
    from core.wording.export import po_file
    from core.wording.services import for_translators

    if language not in LANGUAGES:
        raise click.UsageError(
            f"The pages are read in {', '.join(LANGUAGES)}, not in {language!r}."
        )
    states = ["accepted", "open"] if also_open else ["accepted"]
    given = []
    for city in [city_called(slug)] if slug else all_cities():
        with city_scope(city):
            given += for_translators(language, states)
    output.write(po_file(language, given))
