"""``maillage jobs``: what is stuck, also of the site itself, which no city's page shows."""

from typing import Any

import click

from core.cli.common import city_called, writing

_MOST = 100


@click.group()
def jobs() -> None:
    """What failed in the background, and what is tried again by itself."""


@jobs.command("list")
@click.option(
    "--city", "slug", help="The address of one city; all, and the site itself, if left out."
)
@writing
def show(slug: str | None) -> None:
    """List what failed for good, then what waits for another try. Nothing of what is in it is shown.

    On each line, between tabs: its identifier, its city or "site", how it stands, tries, what it does, and why it
    failed.
    """
    from core.jobs.stuck import in_city, stuck_jobs, waiting_jobs

    conditions = [in_city(city_called(slug).id)] if slug else []
    slugs = _slugs()
    stuck = stuck_jobs(*conditions, most=_MOST)
    waiting = waiting_jobs(*conditions, most=_MOST)
    for page in (stuck, waiting):
        for row in page.rows:
            click.echo("\t".join(_line(row, slugs)))
        if page.after:
            click.echo(f"… and more; these are {len(page.rows)}.")
    if not stuck.rows and not waiting.rows:
        click.echo("Nothing is stuck, and nothing waits for another try.")


def _slugs() -> dict[str, str]:
    from core.cities.services import all_cities

    return {city.id: city.slug for city in all_cities()}


def _line(row: Any, slugs: dict[str, str]) -> tuple[str, ...]:
    from core.i18n import force_language
    from core.jobs.words import reason_of, title_of

    def moment(value: Any) -> str:
        return f"{value:%Y-%m-%d %H:%M} UTC"

    if row.failed_at is not None:
        state = f"stuck since {moment(row.failed_at)}"
    elif row.tried_now:
        state = "being tried now"
    else:
        state = f"next try {moment(row.next_try)}"
    with force_language("en"):
        title, reason = (
            title_of(row.kind),
            reason_of(row.kind, row.error, stuck=bool(row.failed_at)),
        )
    named = f" ({row.error})" if row.error and row.error not in reason else ""
    return (
        row.id,
        slugs.get(row.city_id or "", "gone") if row.city_id else "site",
        state,
        f"{row.tries} tries" if row.tries != 1 else "1 try",
        title,
        reason + named,
    )


def _act(identifier: str, act: Any) -> None:
    """Do ``act`` to a job, in its city, so that the city's log tells of it."""
    from core.cities.models import City
    from core.database import db
    from core.jobs.stuck import find_job
    from core.tenancy import city_scope

    found = find_job(identifier)
    if found is None:
        raise click.ClickException(
            f"There is no job {identifier!r}. maillage jobs list shows those that there are."
        )
    city = db.session.get(City, found.city_id) if found.city_id else None
    if city is None:
        changed = act(found)
    else:
        with city_scope(city):
            changed = act(found)
    if not changed:
        raise click.ClickException(
            "It is neither stuck nor waiting for another try, or is being tried at this moment. Nothing was changed."
        )
    db.session.commit()


@jobs.command()
@click.argument("identifier", metavar="ID")
@writing
def retry(identifier: str) -> None:
    """Let the worker try the job ID again now."""
    from core.jobs.stuck import try_again

    _act(identifier, try_again)
    click.echo("The worker tries it again in a moment.")


@jobs.command("give-up")
@click.argument("identifier", metavar="ID")
@writing
def give_up(identifier: str) -> None:
    """Never do the job ID, and forget what it holds."""
    from core.jobs.stuck import give_up as forget

    _act(identifier, forget)
    click.echo("It is given up.")
