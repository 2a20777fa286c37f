"""``maillage run``, ``worker`` and ``demo``."""

import os
import subprocess
import sys
import threading
import time
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext

from core import config


@click.command()
@click.option(
    "--host",
    envvar="MAILLAGE_HOST",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen.",
)
@click.option(
    "--port",
    envvar=["MAILLAGE_PORT", "PORT"],
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="On which port.",
)
@click.option(
    "--workers",
    envvar="MAILLAGE_WORKERS",
    type=click.IntRange(1, 64),
    help="How many web processes.",
)
@click.pass_context
def run(context: click.Context, host: str, port: int, workers: int | None) -> None:
    """Serve the site, with the worker beside it, until Ctrl-C.

    Makes this machine's secrets, and brings the database of the instance folder to the newest schema. If that
    database is empty it is filled with the demo, whose accounts are printed.
    """
    from core.serving import PortTaken, check_port, serve

    try:
        check_port(host, port)
    except PortTaken as fault:
        raise click.ClickException(str(fault)) from fault
    # Known before the application is made, since links in mails are built with it.
    os.environ.setdefault("MAILLAGE_SITE_URL", f"http://{_shown(host)}:{port}")
    os.environ.setdefault("MAILLAGE_LOG_LEVEL", "WARNING")
    app = _prepared_app(context)
    with app.app_context():
        _prepare_database(app)
        _welcome(app, host, port)
    process = _start_worker()
    _watch(process)
    main_process = os.getpid()
    try:
        serve(app, host, port, workers)
    finally:
        # A web process, forked from this one, comes by here as well when it ends.
        if os.getpid() == main_process:
            _end(process)


def _shown(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104  what is compared, not what is listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _prepared_app(context: click.Context) -> Flask:
    """The application, its instance's secrets made if there are none."""
    config.keep_private()
    config.ensure_secrets(config.instance_folder())
    return context.ensure_object(ScriptInfo).load_app()


def _prepare_database(app: Flask) -> None:
    from core import schema
    from core.cities.services import all_cities
    from core.database import db
    from core.demo import seed

    missing = schema.pending()
    if missing and not app.config["DATABASE_IS_DEFAULT"]:
        raise click.ClickException(
            "The database is not at the newest schema. Run maillage db upgrade first."
        )
    if missing:
        for name, reason in schema.upgrade_all().items():
            click.echo(f"The tables of {name} could not be brought forward: {reason}", err=True)
    if app.config["DATABASE_IS_DEFAULT"] and not all_cities():
        click.echo("Filling the empty database with the demo …")
        db.session.rollback()
        seed()
    db.session.remove()
    # Web processes are forked from this one; a connection must not be in two of them.
    db.engine.dispose()


def _welcome(app: Flask, host: str, port: int) -> None:
    from core.database import db
    from core.demo import PASSPHRASE, accounts

    click.echo(f"\nMaillage is at http://{_shown(host)}:{port}  (Ctrl-C ends it)\n")
    shown = accounts() if app.config["DATABASE_IS_DEFAULT"] else []
    if shown:
        click.echo(f"Demo accounts, all with the passphrase: {PASSPHRASE}\n")
        width = max(len(account.role) for account in shown)
        address = max(len(account.email) for account in shown)
        for account in shown:
            click.echo(f"  {account.role:<{width}}  {account.email:<{address}}  {account.city}")
        click.echo()
    db.session.remove()
    db.engine.dispose()


def _start_worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "core.cli", "worker", "--daily", "--with-parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()


def _watch(process: "subprocess.Popen[bytes]") -> None:
    """Say so if the worker ends by itself: pages go on, mails wait."""

    def wait() -> None:
        code = process.wait()
        if code not in {0, -15, -2}:
            click.echo(
                f"The worker ended with code {code}. Mails wait until maillage worker runs.",
                err=True,
            )

    threading.Thread(target=wait, daemon=True).start()


@click.command()
@click.option(
    "--daily",
    "does_daily",
    is_flag=True,
    help="Also do the daily work, where no timer calls maillage daily.",
)
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option("--with-parent", type=int, hidden=True)
@click.pass_context
def worker(context: click.Context, does_daily: bool, once: bool, with_parent: int | None) -> None:
    """Do the work behind the pages, such as sending mails, until told to stop.

    Several may run at once. It ends after the job at work when it gets SIGTERM.
    """
    from core.jobs.worker import Worker

    config.keep_private()
    app = context.ensure_object(ScriptInfo).load_app()
    made = Worker(app, daily=does_daily)
    if once:
        done = made.work_off()
        click.echo(f"{done} jobs tried." if done != 1 else "1 job tried.")
        return
    if with_parent is not None:
        _end_with_parent(made, with_parent)
    made.run()


def _end_with_parent(made: Any, parent: int) -> None:
    """Stop when the process that started this one is gone, however it went."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        made.stop()

    threading.Thread(target=look, daemon=True).start()


@click.command()
@with_appcontext
def demo() -> None:
    """Fill an empty database of the instance folder with three invented cities, and print their accounts.

    Refused on any other database, since everybody knows the passphrase.
    """
    from flask import current_app

    from core.demo import PASSPHRASE, NotEmpty, accounts, seed

    if not current_app.config["DATABASE_IS_DEFAULT"]:
        raise click.ClickException(
            "The demo goes into the SQLite database of the instance folder only."
        )
    try:
        seed()
    except NotEmpty:
        raise click.ClickException(
            "The database holds cities already; the demo goes into an empty one only."
        ) from None
    for account in accounts():
        click.echo(f"{account.role}\t{account.email}\t{account.city}")
    click.echo(f"Passphrase of all: {PASSPHRASE}")
