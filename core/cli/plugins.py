"""``maillage plugins``."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from core.cli.common import city_called, writing


@click.group()
def plugins() -> None:
    """See plugins, switch them on and off in a city, and remove one for good.

    Packages of other plugins are named in instance/plugins.txt, one a line; make env-run installs them.
    """


@plugins.command("list")
@with_appcontext
def list_plugins() -> None:
    """List the plugins: where they come from, the cities where they are on, and why one was left out."""
    from core.cities.services import all_cities
    from core.registry import plugin_registry
    from core.tenancy import city_scope
    from core.web import enabled_plugins

    registry = plugin_registry()
    cities_of: dict[str, list[str]] = {name: [] for name in registry.plugins}
    for city in all_cities():
        with city_scope(city):
            for name in enabled_plugins(city):
                cities_of[name].append(city.slug)
    for name in registry.plugins:
        origin = registry.origins[name] or "comes with Maillage"
        click.echo(f"{name}\t{origin}\ton in: {', '.join(cities_of[name]) or 'no city'}")
    for left_out in registry.left_out:
        click.echo(f"{left_out.name}\tleft out: {left_out.reason}")
    if not registry.plugins and not registry.left_out:
        click.echo("No plugin is installed.")


def _switch(name: str, slug: str, *, enabled: bool) -> None:
    from core.audit.services import record
    from core.cities.services import UnknownPlugin, set_plugin
    from core.database import db
    from core.registry import plugin_registry
    from core.tenancy import city_scope

    city = city_called(slug)
    with city_scope(city):
        try:
            changed = set_plugin(name, enabled=enabled)
        except UnknownPlugin:
            known = ", ".join(plugin_registry().plugins) or "none"
            raise click.ClickException(
                f"There is no plugin called {name!r} that works. Loaded are: {known}. See maillage doctor."
            ) from None
        if changed:
            record(
                "plugin.enabled" if enabled else "plugin.disabled",
                details={"plugin": name, "by": "command"},
            )
        db.session.commit()
    state = "on" if enabled else "off"
    click.echo(
        f"{name} is {state} in {slug}." if changed else f"{name} was {state} in {slug} already."
    )


@plugins.command()
@click.argument("name")
@click.option("--city", "slug", required=True, help="The city’s address.")
@writing
def enable(name: str, slug: str) -> None:
    """Switch a plugin on in a city; it works from the next page on."""
    _switch(name, slug, enabled=True)


@plugins.command()
@click.argument("name")
@click.option("--city", "slug", required=True, help="The city’s address.")
@writing
def disable(name: str, slug: str) -> None:
    """Switch a plugin off in a city; its records stay."""
    _switch(name, slug, enabled=False)


@plugins.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def remove(name: str, yes: bool) -> None:
    """Remove a plugin's tables and everything in them, in every city. Do it before uninstalling its package.

    Works for a plugin that is broken, too. There is no way back but a backup.
    """
    from core import schema

    if name not in schema.histories() or name == schema.CORE:
        raise click.ClickException(
            f"{name!r} has no tables to remove, or its package is not installed. Install it again to remove its tables."
        )
    if not yes:
        click.confirm(
            f"Everything that {name} keeps, in every city, will be gone. Remove it?", abort=True
        )
    schema.remove_plugin(name)
    click.echo(
        f"The tables of {name} are removed. Now its package can be uninstalled, and its line in "
        "instance/plugins.txt removed."
    )


@plugins.command()
@click.argument("name")
@with_appcontext
def check(name: str) -> None:
    """For authors: say in plain words what is wrong with a plugin. Its own tests say the rest."""
    from core.scaffold.checking import check as look_at

    report = look_at(name)
    for sentence in report.faults:
        click.echo(sentence)
    for sentence in report.remarks:
        click.echo(sentence, err=True)
    if report.faults:
        raise click.exceptions.Exit(1)
    click.echo(f"{name} is in order.")


@plugins.command()
@click.argument("name")
@click.option(
    "--package",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write it as a package of its own, into this new folder, instead of into plugins/.",
)
@click.option(
    "--title",
    "titles",
    multiple=True,
    help="What readers call it; again with a language for each translation, such as fr=Prêt.",
)
@click.option("--icon", default="list", show_default=True, help="An icon of core/static/icons.txt.")
@with_appcontext
def new(name: str, package: Path | None, titles: tuple[str, ...], icon: str) -> None:
    """For authors: write a new plugin called NAME that works, with a page, a table, translations and tests.

    It is a list with a form. Change what is different in yours; nothing that exists is touched.
    """
    from core.scaffold.writing import New, Refused, titles_from, write

    try:
        asked = New(name, titles_from(titles), icon, package.absolute() if package else None)
        written = write(asked)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    for path in written:
        click.echo(path.relative_to(asked.root).as_posix())
    steps = [
        "maillage db upgrade",
        f"maillage plugins enable {name} --city CITY",
        f"maillage plugins check {name}",
    ]
    if package:
        steps = [
            f"cd {package}",
            "uv pip install --no-build-isolation --editable .",
            *steps,
            "pytest",
        ]
    else:
        steps += [
            "python -m core.testing.contract > tests/policies.txt",
            f"pytest tests/plugins/{name}",
        ]
    click.echo("\nIt works already. Next:\n")
    for step in steps:
        click.echo(f"    {step}")
    if not package:
        click.echo("\nRead what changes in tests/policies.txt: it says who may open your pages.")
