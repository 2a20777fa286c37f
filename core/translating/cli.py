"""``maillage translations``: the commands for translators. None needs a database."""

import json
from collections import Counter
from pathlib import Path
from typing import TextIO

import click


@click.group("translations")
def translations() -> None:
    """Extract, fill and check the catalogues."""


def _shown(file: Path) -> str:
    from core.translating.catalogues import ROOT

    return file.relative_to(ROOT).as_posix()


@translations.command()
def extract() -> None:
    """Write messages.pot in every folder of catalogues, for other tools; git does not keep it."""
    from core.translating import catalogues

    try:
        made = catalogues.templates()
    except catalogues.ExtractionFault as fault:
        raise click.ClickException(str(fault)) from None
    for place in catalogues.places():
        if len(made[place.name]):
            file = place.folder / "messages.pot"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(catalogues.template_text(made[place.name]))
            click.echo(f"{_shown(file)}: {len(made[place.name])} messages")


@translations.command()
def update() -> None:
    """Bring all catalogues up to date with the source; sr_Latn follows sr."""
    from core.translating import catalogues

    try:
        changed = catalogues.update()
    except catalogues.ExtractionFault as fault:
        raise click.ClickException(str(fault)) from None
    for file in changed:
        click.echo(_shown(file))
    click.echo(f"{len(changed)} catalogues changed.")


@translations.command()
def latinise() -> None:
    """Write sr_Latn from sr, letter by letter."""
    from core.translating import catalogues

    for file in catalogues.write_derived():
        click.echo(_shown(file))


@translations.command("compile")
def compile_() -> None:
    """Write the .mo file beside each catalogue; git does not keep it."""
    from core.translating import catalogues

    click.echo(f"{len(catalogues.compile_all())} catalogues compiled.")


@translations.command()
@click.argument("languages", nargs=-1)
@click.option("--summary", is_flag=True, help="Only how many of which kind.")
def check(languages: tuple[str, ...], summary: bool) -> None:
    """Say what is wrong with the catalogues (of LANGUAGES, or of all); exit 1 if anything is."""
    from core.translating.catalogues import ExtractionFault
    from core.translating.checks import check as find_problems

    try:
        problems = find_problems(languages=languages)
    except ExtractionFault as fault:
        raise click.ClickException(str(fault)) from None
    for problem in () if summary else problems:
        click.echo(str(problem))
    for (language, what), count in sorted(
        Counter((each.language, each.what.partition(":")[0]) for each in problems).items()
        if summary
        else ()
    ):
        click.echo(f"{language}: {what}: {count}")
    if problems:
        raise click.ClickException(f"{len(problems)} problems.")
    click.echo("All catalogues are complete.")


@translations.command()
@click.argument("language")
@click.option("--all", "everything", is_flag=True, help="Also what is translated, for a review.")
@click.option("--skip", default=0, show_default=True, help="Entries to pass over.")
@click.option("--limit", default=0, help="Entries to give; 0 means all.")
def todo(language: str, everything: bool, skip: int, limit: int) -> None:
    """Print what LANGUAGE lacks, as a JSON list to be filled."""
    from core.translating import slices

    try:
        work = slices.todo(language, everything=everything)
    except slices.NotWritten as fault:
        raise click.ClickException(str(fault)) from None
    part = work[skip : skip + limit if limit else None]
    click.echo(json.dumps(part, ensure_ascii=False, indent=1))


@translations.command()
@click.argument("language")
@click.argument("file", type=click.File(encoding="utf-8"))
def fill(language: str, file: TextIO) -> None:
    """Write the translations in FILE (JSON as “todo” prints it, “-” for input) into the catalogues."""
    from core.translating import slices

    try:
        entries = json.load(file)
    except ValueError as fault:
        raise click.ClickException(f"This is not JSON: {fault}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise click.ClickException("The file must hold a list of entries as “todo” prints it.")
    try:
        result = slices.fill(language, entries)
    except slices.NotWritten as fault:
        raise click.ClickException(str(fault)) from None
    for line in result.refused:
        click.echo(f"refused {line}", err=True)
    click.echo(f"{result.written} written, {len(result.refused)} refused.")
    if result.refused:
        raise SystemExit(1)
