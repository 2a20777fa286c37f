"""Activities on the command line."""

from typing import Any

import click
from sqlalchemy import select

from core.api import (
    Membership,
    Role,
    Viewer,
    city_scope,
    current_city,
    db,
    enabled_plugins,
    find_city,
    today,
)
from plugins.activities.calendar_file import MAX_BYTES, CalendarFileError
from plugins.activities.permissions import Permission
from plugins.activities.services.importing import (
    TooMuchText,
    carry_out,
    lock_organisation,
    make_plan,
    read_file,
)
from plugins.activities.views.common import bp
from plugins.activities.views.importing import doings, line_in_words

bp.cli.help = "Take over the activities of a city from files."


@bp.cli.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--city", "slug", required=True, help="The city's address, such as brezovo.")
@click.option("--member", "email", help="Whose import it is; else the first focal point's.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
def import_command(file: Any, slug: str, email: str | None, dry_run: bool) -> None:
    """Import the calendar FILE (ICS) as activities, all or nothing.

    Leaves with 0 when everything was taken over, 3 when some events were refused, 1 when the file or the city is
    unfit.
    """
    from plugins.activities.calendar_file.reasons import UNTITLED, sentence

    city = find_city(slug)
    if city is None:
        raise click.ClickException(f"There is no city {slug!r}.")
    data = file.read(MAX_BYTES + 1)
    with city_scope(city):
        if "activities" not in enabled_plugins(city):
            raise click.ClickException(f"Activities are switched off in {slug!r}.")
        who = _acting_member(email)
        day = today()
        try:
            read = read_file(data, city.zone, day)
        except CalendarFileError as fault:
            raise click.ClickException(sentence(fault.code, fault.params)) from None
        except TooMuchText:
            raise click.ClickException("The events hold more text than can be kept.") from None
        assert who.organisation_id is not None  # noqa: S101  _acting_member sees to it
        lock_organisation(who.organisation_id)
        terms: dict[str, Any] = {
            "organisation_id": who.organisation_id,
            "language": city.default_language,
            "viewer": who,
            "today": day,
        }
        plan = make_plan(read, untitled=str(UNTITLED), **terms)
        for line in plan.lines:
            words = line_in_words(line, {})
            doing = doings()[line["does"]][0]
            told = f" ({' '.join(words['told'])})" if words["told"] else ""
            click.echo(f"{line['line']:>6}  {doing:<10}  {words['day']}  {words['title']}{told}")
        if dry_run:
            click.echo("Nothing was written.")
        elif plan.writes:
            carry_out(plan, **terms)
            db.session.commit()
    counts = ", ".join(f"{doings()[does][0]}: {number}" for does, number in plan.counts.items())
    click.echo(counts or "The file holds no events.")
    if plan.counts.get("refuse"):
        raise click.exceptions.Exit(3)


def _acting_member(email: str | None) -> Viewer:
    """The member in whose name a command acts. Raises ``ClickException`` when there is none."""
    query = select(Membership).where(
        Membership.active.is_(True), Membership.organisation_id.is_not(None)
    )
    if email:
        query = query.where(Membership.person.has(email=email.strip().casefold()))
    found = [
        member
        for member in db.session.scalars(query.order_by(Membership.created_at, Membership.id))
        if email or Role.FOCAL_POINT in member.roles
    ]
    if not found:
        raise click.ClickException(
            "Nobody of that address speaks for an organisation of this city."
            if email
            else "The city has no focal point with an organisation: give --member."
        )
    member = found[0]
    return Viewer(
        person_id=member.person_id or "",
        name=member.shown_name,
        locale=current_city().default_language,
        city_id=member.city_id,
        membership_id=member.id,
        organisation_id=member.organisation_id,
        roles=frozenset(member.roles),
        permissions=frozenset(Permission),
    )
