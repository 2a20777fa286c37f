"""The one door through which plugins see core. What is not here is not promised to stay."""

from core.actions.listing import ActionLine, actions_on
from core.actions.services import ActionEntry, add_action, forget_subject, subject_restricted
from core.audit.services import record
from core.cities.models import City
from core.cities.remembering import until_changed
from core.cities.services import calendar_changed, find_city, plugin_settings
from core.content.services import (
    OriginalText,
    forget_texts,
    keep_original,
    keep_originals,
    keep_translation,
)
from core.content.shown import translations_url
from core.database import (
    CityOwned,
    UtcDateTime,
    city_key,
    db,
    kept_alias,
    mapper_registry,
    new_id,
    same_city,
    sort_key_type,
    utcnow,
)
from core.directory.services import Partner, name_of, partners, people_by_membership
from core.exporting.batches import batches
from core.exporting.lists import Column, ListExport, Written
from core.files.services import UploadRefused, attachments_of, remove_attachment, save_upload
from core.folding import search_key, sort_key
from core.forms import Form, OnceField, clean, valid_id
from core.home.holidays import public_holidays
from core.hooks import hookimpl
from core.i18n import (
    CONTENT_LANGUAGES,
    first_week_day,
    format_date,
    format_datetime,
    format_number,
    gettext,
    lang_tag,
    language_name,
    lazy_gettext,
    lazy_ngettext,
    lazy_pgettext,
    ngettext,
    pgettext,
    today,
    weekday_names,
)
from core.identity.mails import site_url
from core.identity.models import Membership, Organisation
from core.importing.planning import chunks, write_all
from core.importing.tables import Cell as ImportCell
from core.importing.tables import Change as ImportChange
from core.importing.tables import ImportField, TableImport
from core.importing.tables import Problem as ImportProblem
from core.importing.tables import Row as ImportRow
from core.importing.tables import Stored as ImportStored
from core.importing.words import fold, language_words, words_of
from core.invitations.services import (
    Guest,
    InviteeLine,
    accepted_members,
    event_changed,
    invite,
    invitees_of,
    set_answer,
    withdraw,
)
from core.notifications.kinds import NotificationKind, Told
from core.notifications.services import (
    ReminderAt,
    forget_notifications,
    forget_reminders,
    lately_told,
    notify,
    remind,
    remind_all,
)
from core.permissions import PluginPermission, Role, member_only, public, requires
from core.registry import Plugin
from core.search.following import follow
from core.search.query import Query
from core.search.services import forget, forget_many, index, index_many
from core.tenancy import city_scope, current_city
from core.values import (
    CalendarEntry,
    Card,
    Hit,
    HitKind,
    Link,
    NavItem,
    Piece,
    Ref,
    Searchable,
    Shortcut,
    Snippet,
    TextField,
    Translatable,
    Viewer,
)
from core.web import enabled_plugins, see_other, viewer

__all__ = [
    "CONTENT_LANGUAGES",
    "ActionEntry",
    "ActionLine",
    "CalendarEntry",
    "Card",
    "City",
    "CityOwned",
    "Column",
    "Form",
    "Guest",
    "Hit",
    "HitKind",
    "ImportCell",
    "ImportChange",
    "ImportField",
    "ImportProblem",
    "ImportRow",
    "ImportStored",
    "InviteeLine",
    "Link",
    "ListExport",
    "Membership",
    "NavItem",
    "NotificationKind",
    "OnceField",
    "Organisation",
    "OriginalText",
    "Partner",
    "Piece",
    "Plugin",
    "PluginPermission",
    "Query",
    "Ref",
    "ReminderAt",
    "Role",
    "Searchable",
    "Shortcut",
    "Snippet",
    "TableImport",
    "TextField",
    "Told",
    "Translatable",
    "UploadRefused",
    "UtcDateTime",
    "Viewer",
    "Written",
    "accepted_members",
    "actions_on",
    "add_action",
    "attachments_of",
    "batches",
    "calendar_changed",
    "chunks",
    "city_key",
    "city_scope",
    "clean",
    "current_city",
    "db",
    "enabled_plugins",
    "event_changed",
    "find_city",
    "first_week_day",
    "fold",
    "follow",
    "forget",
    "forget_many",
    "forget_notifications",
    "forget_reminders",
    "forget_subject",
    "forget_texts",
    "format_date",
    "format_datetime",
    "format_number",
    "gettext",
    "hookimpl",
    "index",
    "index_many",
    "invite",
    "invitees_of",
    "keep_original",
    "keep_originals",
    "keep_translation",
    "kept_alias",
    "lang_tag",
    "language_name",
    "language_words",
    "lately_told",
    "lazy_gettext",
    "lazy_ngettext",
    "lazy_pgettext",
    "mapper_registry",
    "member_only",
    "name_of",
    "new_id",
    "ngettext",
    "notify",
    "partners",
    "people_by_membership",
    "pgettext",
    "plugin_settings",
    "public",
    "public_holidays",
    "record",
    "remind",
    "remind_all",
    "remove_attachment",
    "requires",
    "same_city",
    "save_upload",
    "search_key",
    "see_other",
    "set_answer",
    "site_url",
    "sort_key",
    "sort_key_type",
    "subject_restricted",
    "today",
    "translations_url",
    "until_changed",
    "utcnow",
    "valid_id",
    "viewer",
    "weekday_names",
    "withdraw",
    "words_of",
    "write_all",
]
