"""The command ``maillage``.

Every mistake of a user, and everything that is wrong with the machine, ends in a sentence and a number: 1 for what
was asked and cannot be done, 2 for a command line that cannot be read. A traceback is a fault of ours.
"""

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

from core.cli.common import sentence_of


class Commands(FlaskGroup):
    """Core's commands, and those that plugins bring with their blueprints."""

    def __init__(self, **extra: Any) -> None:
        super().__init__(
            add_default_commands=False,
            add_version_option=False,
            set_debug_flag=False,
            load_dotenv=False,
            **extra,
        )
        # Flask's own options choose an application; there is but one.
        self.params = [option for option in self.params if option.name == "version"]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what is known to go wrong becomes a sentence."""
        try:
            return super().invoke(ctx)
        except Exception as fault:
            sentence = sentence_of(fault)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from fault

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Core's commands in any case, those of plugins if the application can be made."""
        own = click.Group.list_commands(self, ctx)
        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except Exception as fault:
            click.echo(
                sentence_of(fault) or "The application could not be made: see maillage doctor.",
                err=True,
            )
            return own
        return sorted({*own, *app.cli.list_commands(ctx)})


def init_cli(app: Flask) -> None:
    """Add the commands of core to the application, where tests find them."""
    for command in _commands():
        app.cli.add_command(command)


def _commands() -> list[click.Command]:
    from core.cli.cities import cities
    from core.cli.jobs import jobs
    from core.cli.keeping import backup, daily, db, doctor, mail, restore
    from core.cli.people import people
    from core.cli.plugins import plugins
    from core.cli.running import demo, run, worker
    from core.cli.search import search
    from core.cli.wording import wording
    from core.translating.cli import translations

    return [
        *(run, worker, daily, demo, doctor),
        *(cities, people, plugins, mail, jobs),
        *(db, backup, restore, translations, wording, search),
    ]


def _make_app() -> Flask:
    from core import create_app

    return create_app()


def _version() -> str:
    try:
        return version("maillage")
    except PackageNotFoundError:
        return "unknown"


def main() -> None:
    """Run the command line."""
    group = Commands(
        create_app=_make_app,
        help="Maillage, the intranet of a city’s prevention network.",
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_print_version,
                help="Show the version and leave.",
            )
        ],
    )
    for command in _commands():
        group.add_command(command)
    sys.exit(group.main(prog_name="maillage"))


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(_version())
        ctx.exit()
