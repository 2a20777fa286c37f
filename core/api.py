"""The one door through which plugins see core. What is not here is not promised to stay."""

from core.audit.services import record
from core.cities.services import calendar_changed
from core.database import (
    CityOwned,
    UtcDateTime,
    city_key,
    db,
    mapper_registry,
    new_id,
    same_city,
    utcnow,
)
from core.files.services import attachments_of, remove_attachment, save_upload
from core.folding import sort_key
from core.forms import Form, OnceField, clean, valid_id
from core.hooks import hookimpl
from core.i18n import gettext, lazy_gettext, lazy_ngettext, lazy_pgettext, ngettext, pgettext
from core.directory.services import Partner, partners, people_by_membership
from core.permissions import PluginPermission, Role, member_only, public, requires
from core.registry import Plugin
from core.tenancy import current_city
from core.values import Action, CalendarEntry, Card, Link, NavItem, Ref, Viewer
from core.web import see_other, viewer

__all__ = [
    "Action",
    "CalendarEntry",
    "Card",
    "CityOwned",
    "Form",
    "Link",
    "NavItem",
    "OnceField",
    "Partner",
    "Plugin",
    "PluginPermission",
    "Ref",
    "Role",
    "UtcDateTime",
    "Viewer",
    "attachments_of",
    "calendar_changed",
    "city_key",
    "clean",
    "current_city",
    "db",
    "gettext",
    "hookimpl",
    "lazy_gettext",
    "lazy_ngettext",
    "lazy_pgettext",
    "mapper_registry",
    "member_only",
    "new_id",
    "ngettext",
    "partners",
    "people_by_membership",
    "pgettext",
    "public",
    "record",
    "remove_attachment",
    "requires",
    "same_city",
    "save_upload",
    "see_other",
    "sort_key",
    "utcnow",
    "valid_id",
    "viewer",
]
