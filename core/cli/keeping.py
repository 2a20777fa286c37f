"""``maillage db``, ``daily``, ``mail``, ``backup``, ``restore`` and ``doctor``."""

import json
from pathlib import Path

import click
from flask.cli import ScriptInfo, with_appcontext

from core import config
from core.cli.common import writing


@click.group()
def db() -> None:
    """The tables of the database."""


@db.command()
@click.pass_context
def upgrade(context: click.Context) -> None:
    """Bring every table to the newest schema, core's first; make this machine's secrets if there are none."""
    from core import schema

    config.keep_private()
    if config.ensure_secrets(config.instance_folder()):
        click.echo(
            f"Secrets were made in {config.instance_folder()}. Keep a copy apart from the backups."
        )
    with context.ensure_object(ScriptInfo).load_app().app_context():
        missing = schema.pending()
        failed = schema.upgrade_all()
        if schema.CORE not in failed:
            _fill_searches()
        for owner, steps in missing.items():
            if owner not in failed:
                click.echo(f"{owner}: {steps} step{'s' if steps > 1 else ''} forward.")
        if not missing and not failed:
            click.echo("Everything is at the newest schema.")
        if failed:
            raise click.ClickException(
                "\n".join(
                    f"The tables of {name} stay as they are. {reason}"
                    for name, reason in failed.items()
                )
            )


def _fill_searches() -> None:
    """Let the worker fill the search of cities whose records are older than it."""
    from core.cities.services import all_cities
    from core.database import db as database
    from core.database import write_intent
    from core.search.jobs import enqueue_if_incomplete
    from core.tenancy import city_scope

    with write_intent():
        for city in all_cities():
            with city_scope(city):
                if enqueue_if_incomplete(city):
                    click.echo(f"{city.slug}: the worker fills the search.")
        database.session.commit()


@db.command()
@with_appcontext
def check() -> None:
    """Say whether the tables are those that the code expects. Ends with 1 if not."""
    from core import schema

    wrong = 0
    for state in schema.states():
        if state.unknown:
            click.echo(f"{state.owner}: at revision {state.current}, which is not known here.")
            wrong += 1
        elif state.pending:
            click.echo(f"{state.owner}: {state.pending} to go. Run maillage db upgrade.")
            wrong += 1
        else:
            differences = schema.check_drift(state.owner)
            for difference in differences:
                click.echo(f"{state.owner}: {difference}")
            wrong += bool(differences)
            if not differences:
                click.echo(f"{state.owner}: in order.")
    if wrong:
        raise click.exceptions.Exit(1)


@db.command()
@click.argument("owner")
@click.option("-m", "--message", required=True, help="What changes, in a few words.")
@with_appcontext
def revision(owner: str, message: str) -> None:
    """For developers: write a new revision for OWNER (core or a plugin) from its models. Read it before you keep it."""
    from core import schema

    click.echo(schema.make_revision(owner, message))


@click.command()
@with_appcontext
def daily() -> None:
    """Do what is due once a day: the plugins' daily work in each city, and forgetting what need not be kept.

    Safe to run twice. Ends with 1 if a part of it failed; the other parts are done all the same.
    """
    from core.daily import run_daily

    report = run_daily()
    removed = ", ".join(f"{count} {name}" for name, count in report.removed.items() if count)
    click.echo(f"{report.cities} cities done." + (f" Removed: {removed}." if removed else ""))
    if report.failed:
        raise click.ClickException(f"These parts failed, see the log: {', '.join(report.failed)}.")


@click.group()
def mail() -> None:
    """The way mails go."""


@mail.command("test")
@click.argument("address")
@click.option("--language", default="en", show_default=True, help="The language of the mail.")
@writing
def mail_test(address: str, language: str) -> None:
    """Send a test to ADDRESS now, and say what the mail server answered."""
    import smtplib

    from flask import current_app

    from core.i18n import LANGUAGES, force_language
    from core.i18n import gettext as _
    from core.jobs import GiveUp
    from core.mail import mail_text
    from core.mail.services import deliver, mail_folder, payload_of

    if language not in LANGUAGES:
        raise click.UsageError(
            f"{language!r} is not among the site’s languages: {', '.join(LANGUAGES)}."
        )
    with force_language(language):
        subject = _("A test from Maillage")
    text = mail_text("test", language, site_url=current_app.config["SITE_URL"])
    try:
        deliver(payload_of(address, subject, text, locale=language))
    except GiveUp as fault:
        raise click.ClickException(f"{fault} ({fault.__cause__})") from fault
    except smtplib.SMTPAuthenticationError as fault:
        raise click.ClickException(
            "The mail server does not accept the user and password of MAIL_URL."
        ) from fault
    except smtplib.SMTPException as fault:
        raise click.ClickException(f"The mail server refused: {fault}") from fault
    except OSError as fault:
        raise click.ClickException(f"The mail server cannot be reached: {fault}") from fault
    if current_app.config["MAIL_URL"]:
        click.echo("The mail server took it.")
    else:
        click.echo(f"No mail server is set; the mail is a file in {mail_folder()}.")


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the keys, into this file of their own.",
)
@with_appcontext
def backup(file: Path | None, keys: Path | None) -> None:
    """Write everything but the keys into FILE, while the site runs.

    Database, attachments and settings. Without the keys nobody can sign in with a code any more: write them once
    with --keys, and keep that file elsewhere.
    """
    from core import backup as backups

    config.keep_private()
    written = backups.make_backup(file)
    click.echo(
        f"{written.path}: {written.rows} rows, {written.files} attachments, {written.size // 1024 + 1} kB."
    )
    if keys is not None:
        backups.write_keys(keys)
        click.echo(f"{keys}: the keys. Keep them apart from the backup.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Move what is there aside, if there is something.")
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file of keys that belongs to it.",
)
@click.option("--check", "only_check", is_flag=True, help="Only say whether the backup is whole.")
@click.pass_context
def restore(
    context: click.Context, file: Path, replace: bool, keys: Path | None, only_check: bool
) -> None:
    """Bring back what FILE holds. It is checked first, wholly; a damaged one changes nothing.

    Stop the site meanwhile.
    """
    from core import backup as backups

    config.keep_private()
    with context.ensure_object(ScriptInfo).load_app().app_context():
        if only_check:
            manifest = backups.check_backup(file)
            click.echo(
                f"The backup of {manifest.made_at} is whole: {sum(manifest.rows.values())} rows."
            )
            return
        done = backups.restore(file, replace=replace, keys=keys)
        click.echo(f"Restored: {done.rows} rows, {done.files} attachments.")
        if done.aside:
            click.echo(f"What was there before is in {done.aside}.")
        for sentence in done.notes:
            click.echo(sentence)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON list.")
@with_appcontext
def doctor(as_json: bool) -> None:
    """Say in plain words what is wrong with this installation. Ends with 1 if something is."""
    from core.doctor import examine

    findings = examine()
    if as_json:
        click.echo(
            json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=2)
        )
    else:
        for finding in findings:
            click.echo(f"{finding.mark} {finding.subject}: {finding.sentence}")
    if any(finding.wrong for finding in findings):
        raise click.exceptions.Exit(1)
