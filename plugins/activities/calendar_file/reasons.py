"""What people read about a file, a refused line or a note, by its code.

Kept apart from the reader, which must not need the translations.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.api import lazy_gettext as _l

from .values import NO_PARAMS, Params

#: Stands where an event has no title (note ``title_missing``).
UNTITLED = _l("Untitled event")

#: Why a file is refused as a whole (codes of ``CalendarFileError``).
FILE_REASONS: Mapping[str, Any] = MappingProxyType(
    {
        "file_empty": _l("The file is empty. Export the calendar again."),
        "file_too_large": _l(
            "The file is larger than %(megabytes)s MB. Export a shorter period of the calendar."
        ),
        "file_packed": _l(
            "The file is packed (ZIP or similar). Unpack it and choose the .ics file inside."
        ),
        "file_web_page": _l(
            "This is a web page, not a calendar. Download the calendar itself: a file ending in .ics."
        ),
        "file_not_calendar": _l(
            "This is not a calendar file. Choose a file ending in .ics, exported by a calendar."
        ),
        "file_vcalendar1": _l(
            "The file is in the old vCalendar 1.0 format. Export it as iCalendar (ICS) 2.0."
        ),
        "file_encoding": _l(
            "The letters of the file cannot be read for certain. Save or export it as UTF-8."
        ),
        "file_incomplete": _l(
            "The file breaks off before its end. Export or download the calendar again."
        ),
        "file_damaged": _l(
            "The file is damaged at line %(line)s: a part ends that did not begin, or the reverse. "
            "Export the calendar again."
        ),
        "file_too_many_events": _l(
            "The file holds more than %(limit)s events. Export a shorter period of the calendar."
        ),
        "file_too_many_dates": _l(
            "The events of the file take place on more than %(limit)s dates. "
            "Export a shorter period or fewer calendars."
        ),
        "file_unreadable": _l(
            "The file cannot be read. Export the calendar again, or enter the activities by hand."
        ),
    }
)

#: Why one line is refused (codes of ``Refusal``).
LINE_REASONS: Mapping[str, Any] = MappingProxyType(
    {
        "not_event": _l("This is not an event but another kind of entry (%(kind)s)."),
        "start_missing": _l("The event does not say when it starts."),
        "date_unreadable": _l("“%(value)s” is not a date that exists."),
        "date_out_of_range": _l("A date lies outside the years %(first)s to %(last)s."),
        "duration_unreadable": _l("The file gives a duration that makes no sense."),
        "end_before_start": _l("The event ends before it starts."),
        "end_other_kind": _l("The event starts at a time but ends on a whole day, or the reverse."),
        "zone_unknown": _l(
            "The time zone “%(zone)s” is not known, and the file does not explain it."
        ),
        "zone_own_rules": _l(
            "The event repeats in a time zone of its own that matches no known one."
        ),
        "rule_unreadable": _l("The rule by which the event repeats makes no sense."),
        "rule_too_often": _l("The event repeats hourly or more often."),
        "rule_too_long": _l(
            "The rules of the file’s repeating events are too long to be worked out. "
            "Give the series an end, or export a shorter period."
        ),
        "rules_several": _l(
            "The event repeats by several rules at once, which programs read differently."
        ),
        "extra_other_kind": _l(
            "An added date of the series is a whole day while the series has times, or the reverse."
        ),
        "no_dates": _l("Every date of the series is left out, so nothing remains."),
        "change_alone": _l(
            "This changes one date of a series that the file does not hold. Export the whole series."
        ),
        "change_of_all_later": _l(
            "One change is meant for all later dates of the series. "
            "Make the later dates a series of their own and export it again."
        ),
        "change_repeats": _l("A changed date of the series has a rule of its own."),
        "change_other_kind": _l(
            "A changed date of the series is a whole day while the series has times, or the reverse."
        ),
        "uid_repeated": _l(
            "The file holds this event twice. The version at line %(other)s is newer and is used."
        ),
        "line_unreadable": _l("Line %(line)s of the file does not follow the format."),
        "encoding_old": _l(
            "Line %(line)s is written in an old encoding that iCalendar 2.0 does not have."
        ),
    }
)

#: What is done to an event that is taken over all the same (codes of ``Note``).
NOTES: Mapping[str, Any] = MappingProxyType(
    {
        "title_missing": _l("The event has no title."),
        "title_shortened": _l(
            "The title was longer than %(limit)s characters. It is shortened; "
            "the whole of it stands at the start of the description."
        ),
        "place_shortened": _l(
            "The place was longer than %(limit)s characters. It is shortened; "
            "the whole of it stands at the start of the description."
        ),
        "description_shortened": _l("The description is cut after %(limit)s characters."),
        "series_shortened": _l(
            "The series is longer than can be shown: the %(kept)s dates around today are taken over."
        ),
        "zone_assumed": _l("The file names no time zone: %(zone)s is assumed."),
        "zone_changed": _l("The time zone is the file’s own: the times are converted to %(zone)s."),
        "marked_private": _l(
            "The event is marked as private in its calendar. Import it only if others may see it."
        ),
    }
)

REASONS: Mapping[str, Any] = MappingProxyType({**FILE_REASONS, **LINE_REASONS, **NOTES})


def sentence(code: str, params: Params = NO_PARAMS, line: int = 0) -> str:
    """Return the sentence for a code in the reader's language.

    ``params`` are those of the error, refusal or note; ``line`` that of the refusal,
    for the sentences that name it.
    """
    return str(REASONS[code]) % {"line": line, **params}
