"""Reports as a catalogue for translators: what should change, marked fuzzy, with the reasons and nobody's name."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from core.i18n.catalogues import plural_rule
from core.i18n.languages import LANGUAGES
from core.wording.catalogue import Entry, entries, readable, with_places
from core.wording.models import Report

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

Given = Sequence[tuple[Report, list[str]]]


def po_file(language: str, given: Given) -> bytes:
    """A PO file of ``language``: one entry for each text, the suggestion as its fuzzy translation.

    Each entry carries the present translation and the reasons as comments. A text with several suggestions has the
    others as comments too; what was found in no catalogue stands in comments above all entries.
    """
    # The tools of translators load much, and few ask for this file.
    from core.translating.catalogues import catalogue_text, empty_catalogue

    catalogue = empty_catalogue(language)
    known = {(one.owner, one.context, one.ids): one for one in entries(language)}
    loose: list[str] = []
    for (owner, context, ids), reports in _by_text(given).items():
        if ids:
            _add(
                catalogue, language, owner, context, ids, reports, known.get((owner, context, ids))
            )
        else:
            loose += [line for report, why in reports for line in _loose(report, why)]
    head = [*_notice(language), *(["Found in no catalogue:", *loose] if loose else [])]
    comments = "".join(f"# {line}\n" if line else "#\n" for line in head)
    return comments.encode() + catalogue_text(catalogue, language)


def _notice(language: str) -> list[str]:
    if language == "sr_Latn":
        return [
            "Serbian in Latin letters is written from the Cyrillic catalogue: correct that one, and this one follows."
        ]
    if language == "en":
        return ["English is the language of the source: what should change is changed there."]
    return []


Text = tuple[str, str | None, tuple[str, ...]]


def _by_text(given: Given) -> dict[Text, list[tuple[Report, list[str]]]]:
    found: dict[Text, list[tuple[Report, list[str]]]] = {}
    for report, why in given:
        ids = tuple(text for text in (report.msgid, report.msgid_plural) if text)
        found.setdefault((report.owner, report.context, ids), []).append((report, why))
    return found


def _add(
    catalogue: "Catalog",
    language: str,
    owner: str,
    context: str | None,
    ids: tuple[str, ...],
    reports: Given,
    entry: Entry | None,
) -> None:
    number = 1 if len(ids) == 1 else plural_rule(LANGUAGES[language].plural_header)[0]
    present = list(entry.texts) if entry is not None else [reports[0][0].current]
    forms = [*present, *[""] * number][:number]
    comments: list[str] = [f"Now: {_line(text)}" for text in dict.fromkeys(present) if text]
    taken: set[int] = set()
    for report, why in reports:
        form = min(report.form, number - 1)
        text = with_places(report.current, report.words, report.suggestion)
        if form in taken:
            comments.append(f"Another suggestion: {_line(text)}")
        else:
            forms[form] = _ends_as(text, ids[0])
            taken.add(form)
        comments += [f"Why: {_line(reason)}" for reason in why]
    catalogue.add(
        ids[0] if len(ids) == 1 else ids,
        forms[0] if len(ids) == 1 else tuple(forms),
        [(file, 0) for file in (entry.files if entry is not None else ())],
        flags=["fuzzy"],
        auto_comments=[f"Part of: {owner}"],
        user_comments=comments,
        context=context,
    )


def _ends_as(text: str, english: str) -> str:
    """The translation begins and ends with a new line exactly where the English does, as compilers demand."""
    body = text.strip("\n")
    return "\n" * english.startswith("\n") + body + "\n" * english.endswith("\n")


def _loose(report: Report, why: Iterable[str]) -> list[str]:
    lines = [f"“{_line(report.words)}” should be “{_line(report.suggestion)}”"]
    return [*lines, *(f"  Why: {_line(reason)}" for reason in why)]


def _line(text: str) -> str:
    """A text in one line: a comment ends with its line, and what people typed must not begin another."""
    return " ".join(text.split())


def shown(report: Report) -> str:
    """The present text as its readers see it."""
    return readable(report.current) if report.current else report.words


def english(report: Report) -> str:
    """The English of the reported form; empty where the text was found in no catalogue."""
    return readable(report.msgid_plural if report.form and report.msgid_plural else report.msgid)
