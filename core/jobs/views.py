"""The page of the settings on which an administrator sees what is stuck, and tries it again."""

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.cities.views import settings_tabs
from core.database import db
from core.forms import valid_id
from core.i18n import gettext as _
from core.i18n import ngettext
from core.jobs import stuck
from core.jobs.words import reason_of, title_of
from core.permissions import Permission, requires
from core.web import see_other

bp = Blueprint("jobs", __name__)
bp.context_processor(settings_tabs)


@bp.get("/<city_slug>/settings/jobs")
@requires(Permission.MANAGE_JOBS)
def index() -> str:
    """What failed for good, and what is tried again by itself."""
    after = request.args.get("after", "")
    ours = stuck.in_city(g.city.id)
    page = stuck.stuck_jobs(ours, after=after if valid_id(after) else "")
    return render_template(
        "jobs/index.html",
        stuck=page.rows,
        waiting=stuck.waiting_jobs(ours),
        silent=stuck.worker_is_silent(),
        title_of=title_of,
        reason_of=reason_of,
        next_url=url_for(".index", after=page.after) if page.after else "",
        first_url=url_for(".index") if "after" in request.args else "",
    )


def _job(job_id: str) -> stuck.Shown:
    found = stuck.find_job(job_id, stuck.in_city(g.city.id)) if valid_id(job_id) else None
    if found is None:
        abort(404)
    return found


def _settled_meanwhile() -> None:
    flash(_("This is being done, was done or was given up meanwhile. Nothing was changed."), "info")


@bp.post("/<city_slug>/settings/jobs/<string(length=16):job_id>/again")
@requires(Permission.MANAGE_JOBS)
def again(job_id: str) -> AnyResponse:
    """Try one again."""
    if stuck.try_again(_job(job_id)):
        flash(_("It is tried again in a moment. If it fails, it comes back to this page."), "done")
    else:
        _settled_meanwhile()
    db.session.commit()
    return see_other(url_for(".index"))


@bp.post("/<city_slug>/settings/jobs/again")
@requires(Permission.MANAGE_JOBS)
def all_again() -> AnyResponse:
    """Try everything again that failed for good."""
    number = stuck.try_all_again(stuck.in_city(g.city.id))
    db.session.commit()
    if number:
        flash(
            ngettext(
                "%(num)s thing is tried again in a moment. What fails comes back to this page.",
                "%(num)s things are tried again in a moment. What fails comes back to this page.",
                number,
            ),
            "done",
        )
    else:
        flash(_("Nothing is stuck any more."), "info")
    return see_other(url_for(".index"))


@bp.post("/<city_slug>/settings/jobs/<string(length=16):job_id>/give-up")
@requires(Permission.MANAGE_JOBS)
def give_up(job_id: str) -> AnyResponse:
    """Never do one."""
    if stuck.give_up(_job(job_id)):
        flash(_("It is given up and will not be done."), "done")
    else:
        _settled_meanwhile()
    db.session.commit()
    return see_other(url_for(".index"))
