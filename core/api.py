"""The one door through which plugins see core. What is not here is not promised to stay."""

from core.audit.services import record
from core.cities.models import City
from core.cities.remembering import until_changed
from core.cities.services import calendar_changed, find_city, plugin_settings
from core.content.owners import subject_link
from core.content.services import (
    OriginalText,
    forget_texts,
    keep_new_texts,
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
    mapper_registry,
    new_id,
    same_city,
    sort_key_type,
    utcnow,
)
from core.directory.lists import SECTORS
from core.directory.services import Partner, name_of, partners, people_by_membership
from core.exporting.batches import batches
from core.exporting.lists import Column, ListExport, Written
from core.fields import (
    ChoiceField,
    ChoicesField,
    ChosenField,
    ClockField,
    DayField,
    FilesField,
    MoneyField,
    NumberField,
    OneOfField,
    choices_of,
    longest,
    needed,
    read_clock,
    read_day,
    read_money,
    read_number,
    read_version,
    refuse,
)
from core.files.services import UploadRefused, attachments_of, remove_attachment, save_upload
from core.folding import search_key, sort_key
from core.forms import Form, OnceField, clean, valid_id
from core.home.agenda import happenings
from core.home.holidays import public_holidays
from core.hooks import hookimpl
from core.i18n import (
    CONTENT_LANGUAGES,
    first_week_day,
    force_language,
    format_date,
    format_datetime,
    format_number,
    format_time,
    gettext,
    lang_tag,
    language_name,
    lazy_gettext,
    lazy_ngettext,
    lazy_pgettext,
    ngettext,
    pgettext,
    rest_days,
    today,
    upper_first,
    weekday_names,
    weekday_titles,
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
from core.permissions import PluginPermission, Role, member_only, public, requires
from core.registry import Plugin
from core.tenancy import city_scope, current_city
from core.values import (
    CalendarEntry,
    Card,
    Link,
    NavItem,
    Ref,
    Shortcut,
    TextField,
    Translatable,
    Viewer,
)
from core.web import enabled_plugins, see_other, viewer

__all__ = [
    "CONTENT_LANGUAGES",
    "SECTORS",
    "CalendarEntry",
    "Card",
    "ChoiceField",
    "ChoicesField",
    "ChosenField",
    "City",
    "CityOwned",
    "ClockField",
    "Column",
    "DayField",
    "FilesField",
    "Form",
    "ImportCell",
    "ImportChange",
    "ImportField",
    "ImportProblem",
    "ImportRow",
    "ImportStored",
    "Link",
    "ListExport",
    "Membership",
    "MoneyField",
    "NavItem",
    "NumberField",
    "OnceField",
    "OneOfField",
    "Organisation",
    "OriginalText",
    "Partner",
    "Plugin",
    "PluginPermission",
    "Ref",
    "Role",
    "Shortcut",
    "TableImport",
    "TextField",
    "Translatable",
    "UploadRefused",
    "UtcDateTime",
    "Viewer",
    "Written",
    "attachments_of",
    "batches",
    "calendar_changed",
    "choices_of",
    "chunks",
    "city_key",
    "city_scope",
    "clean",
    "current_city",
    "db",
    "enabled_plugins",
    "find_city",
    "first_week_day",
    "fold",
    "force_language",
    "forget_texts",
    "format_date",
    "format_datetime",
    "format_number",
    "format_time",
    "gettext",
    "happenings",
    "hookimpl",
    "keep_new_texts",
    "keep_original",
    "keep_originals",
    "keep_translation",
    "lang_tag",
    "language_name",
    "language_words",
    "lazy_gettext",
    "lazy_ngettext",
    "lazy_pgettext",
    "longest",
    "mapper_registry",
    "member_only",
    "name_of",
    "needed",
    "new_id",
    "ngettext",
    "partners",
    "people_by_membership",
    "pgettext",
    "plugin_settings",
    "public",
    "public_holidays",
    "read_clock",
    "read_day",
    "read_money",
    "read_number",
    "read_version",
    "record",
    "refuse",
    "remove_attachment",
    "requires",
    "rest_days",
    "same_city",
    "save_upload",
    "search_key",
    "see_other",
    "site_url",
    "sort_key",
    "sort_key_type",
    "subject_link",
    "today",
    "translations_url",
    "until_changed",
    "upper_first",
    "utcnow",
    "valid_id",
    "viewer",
    "weekday_names",
    "weekday_titles",
    "words_of",
    "write_all",
]
