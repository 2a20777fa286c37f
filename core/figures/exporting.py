"""The figures as a file: each number and each of its parts a row, with its definition."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.exporting.lists import Arguments, Column, ListExport, Value
from core.figures.services import asked_for, compared, figures
from core.i18n import format_range, today
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp
from core.permissions import Permission
from core.values import Measure, MeasurePart, Viewer
from core.web import city_hooks


def _numbers(measure: Measure | MeasurePart | None) -> Sequence[Value]:
    if measure is None:
        return (None, None, None)
    value = measure.value
    return (
        Decimal(str(value)) if isinstance(value, float) else value,
        measure.of,
        measure.percent,
    )


def _rows(_viewer: Viewer, asked: Arguments) -> Iterator[Sequence[Value]]:
    day = today()
    for section in figures(compared(asked_for(asked, day), day), city_hooks()):
        for line in section.lines:
            now, before = line.now, line.before
            yield (
                section.title, now.title, "", *_numbers(now), *_numbers(before), now.definition,
            )  # fmt: skip
            for part, earlier in line.parts:
                yield section.title, now.title, part.label, *_numbers(part), *_numbers(earlier), ""


def _words(_viewer: Viewer, asked: Arguments) -> Sequence[str]:
    day = today()
    wanted = compared(asked_for(asked, day), day)
    return (
        format_range(*wanted.days),
        _("beside the year before: %(days)s", days=format_range(*wanted.days_earlier)),
    )


FIGURES = ListExport(
    name="figures",
    title=_l("Figures"),
    columns=(
        Column("plugin", _lp("figures", "Of what"), width=16),
        Column("measure", _l("What is counted"), width=36),
        Column("part", _lp("figures", "Part"), width=24),
        Column("value", _l("Number"), "number", width=10),
        Column("of", _lp("figures", "Of all"), "number", width=10),
        Column("percent", _l("Percent"), "number", width=10),
        Column("value_before", _l("Number the year before"), "number", width=12),
        Column("of_before", _l("Of all the year before"), "number", width=12),
        Column("percent_before", _l("Percent the year before"), "number", width=12),
        Column("definition", _l("Definition"), width=60, printed=False),
    ),
    rows=_rows,
    permission=Permission.SEE_FIGURES,
    arguments=("year", "quarter"),
    words=_words,
)
