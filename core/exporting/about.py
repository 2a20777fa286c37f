"""What an exported file says besides its rows: which list, of which city, by which filters, when and for whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.database import utcnow
from core.exporting.lists import Arguments, Column, ListExport
from core.i18n import direction, format_datetime, format_number, local_time, ngettext
from core.i18n import gettext as _
from core.i18n.reader import current_locale
from core.tenancy import current_city
from core.values import Viewer


@dataclass(frozen=True, slots=True)
class About:
    """The head of an exported file, in the reader's language."""

    title: str
    city: str
    network: str
    filters: tuple[str, ...]
    made: str
    rows: str
    made_at: datetime
    count: int
    language: str
    right_to_left: bool
    columns: tuple[Column, ...]
    heads: tuple[str, ...]
    yes: str
    no: str
    decimal: str = "."
    sheet: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())


def about(export: ListExport, viewer: Viewer, arguments: Arguments, count: int) -> About:
    """What a file of ``export`` says of itself, for ``viewer``."""
    city = current_city()
    now = utcnow()
    filters: Sequence[str] = export.words(viewer, arguments) if export.words else ()
    # Whoever finds the paper should know whom to bring it back to.
    made = _("Exported on %(when)s by %(name)s", when=format_datetime(now), name=viewer.name)
    network = city.body_name_in(viewer.locale)
    rows = ngettext("%(num)s row", "%(num)s rows", count, num=format_number(count))
    columns = export.columns_here()
    title, name = str(export.title), city.name_in(viewer.locale)
    return About(
        title=title,
        city=name,
        network=network,
        filters=tuple(filters),
        made=made,
        rows=rows,
        made_at=local_time(now).replace(tzinfo=None),
        count=count,
        language=viewer.locale,
        right_to_left=direction(viewer.locale) == "rtl",
        columns=columns,
        heads=tuple(str(column.title) for column in columns),
        yes=_("yes"),
        no=_("no"),
        decimal=str(current_locale().number_symbols["latn"]["decimal"]),
        sheet=_("About this file"),
        facts=(
            (_("List"), title),
            (_("City"), f"{name} ({network})" if network else name),
            (_("Conditions"), "; ".join(filters) or _("none")),
            (_("Rows"), rows),
            (_("Made"), made),
        ),
    )
