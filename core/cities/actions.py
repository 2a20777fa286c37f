"""The recorded actions that a city administrator may read about, in words. Nothing here tells what people wrote."""

from collections.abc import Mapping

from core.audit.models import AuditRecord
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import list_comma, ngettext
from core.jobs.words import title_of
from core.permissions import ROLE_TITLES, Role
from core.registry import plugin_registry

ACTIONS: Mapping[str, str] = {
    "city.added": _l("The city was made"),
    "city.general_changed": _l("Name, time zone or country changed"),
    "city.languages_changed": _l("Languages changed"),
    "city.appearance_changed": _l("Appearance changed"),
    "plugin.enabled": _l("Plugin switched on"),
    "plugin.disabled": _l("Plugin switched off"),
    "plugin.settings_changed": _l("Settings of a plugin changed"),
    "organisation.added": _l("Organisation added"),
    "organisation.changed": _l("Organisation changed"),
    "organisation.left": _l("Organisation left the network"),
    "organisation.rejoined": _l("Organisation takes part again"),
    "organisation.merged": _l("Organisation merged into another"),
    "organisation.parted": _l("Merge of organisations undone"),
    "membership.added": _l("Person added"),
    "membership.changed": _l("Membership changed"),
    "membership.roles_changed": _l("Roles changed"),
    "membership.confirmed": _l("Membership confirmed"),
    "membership.ended": _l("Membership ended"),
    "membership.resumed": _l("Membership counts again"),
    "membership.merged": _l("Person merged into another"),
    "membership.parted": _l("Merge of people undone"),
    "membership.invited": _l("Invitation sent"),
    "membership.invitation_revoked": _l("Invitation taken back"),
    "membership.taken_up": _l("Invitation accepted"),
    "handover.done": _l("Role of the focal point handed over"),
    "handover.note_changed": _l("Note of the handover changed"),
    "week.reminded": _l("Organisation reminded of what is late"),
    "factors.reset": _l("Second step reset"),
    "export.made": _l("List taken out as a file"),
    "job.retried": _l("Stuck work tried again"),
    "job.given_up": _l("Stuck work given up"),
    "wording.settled": _l("Reported word settled"),
    "wording.reopened": _l("Reported word opened again"),
}


def shown_details(row: AuditRecord) -> tuple[str, ...]:
    """What a record says beyond its action: a plugin's title, roles, or roles before and after."""
    details = row.details or {}
    if plugin := details.get("plugin"):
        known = plugin_registry().plugins.get(plugin)
        return (str(known.title) if known else plugin,)
    if "job" in details:
        return (title_of(details["job"]),)
    if "list" in details:
        return (_export(details),)
    if "after" in details:
        return _roles(details.get("before", "")), _roles(details["after"])
    if "roles" in details:
        return (_roles(details["roles"]),)
    return ()


def _export(details: Mapping[str, str]) -> str:
    from core.exporting.lists import title_of

    owner, _slash, name = details["list"].partition("/")
    rows = ngettext("%(num)s row", "%(num)s rows", int(details.get("rows", "0")))
    return _(
        "%(list)s (%(kind)s, %(rows)s)",
        list=title_of(owner, name),
        kind=details.get("kind", "").upper(),
        rows=rows,
    )


def _roles(codes: str) -> str:
    wanted = set(codes.split(", "))
    return list_comma().join(str(ROLE_TITLES[role]) for role in Role if role.value in wanted) or "–"
