"""``maillage translations``: the commands for translators. None needs a database."""

import json
from collections import Counter
from pathlib import Path
from typing import TextIO

import click


@click.group("translations")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The checkout to work on, if not the one this program runs from.",
)
@click.pass_context
def translations(context: click.Context, root: Path | None) -> None:
    """Extract, fill and check the catalogues."""
    from core.translating.catalogues import ROOT

    context.obj = (root or ROOT).resolve()


@translations.command()
@click.pass_obj
def extract(root: Path) -> None:
    """Write messages.pot in every folder of catalogues, for other tools; git does not keep it."""
    from core.translating import catalogues

    try:
        made = catalogues.templates(root)
    except catalogues.ExtractionFault as fault:
        raise click.ClickException(str(fault)) from None
    for place in catalogues.places(root):
        if len(made[place.name]):
            file = place.folder / "messages.pot"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(catalogues.template_text(made[place.name]))
            click.echo(f"{file.relative_to(root).as_posix()}: {len(made[place.name])} messages")


@translations.command()
@click.pass_obj
def update(root: Path) -> None:
    """Bring all catalogues up to date with the source; sr_Latn follows sr."""
    from core.translating import catalogues

    try:
        changed = catalogues.update(root)
    except catalogues.ExtractionFault as fault:
        raise click.ClickException(str(fault)) from None
    for file in changed:
        click.echo(file.relative_to(root).as_posix())
    click.echo(f"{len(changed)} catalogues changed.")


@translations.command()
@click.pass_obj
def latinise(root: Path) -> None:
    """Write sr_Latn from sr, letter by letter."""
    from core.translating import catalogues

    for file in catalogues.write_derived(root):
        click.echo(file.relative_to(root).as_posix())


@translations.command("compile")
@click.pass_obj
def compile_(root: Path) -> None:
    """Write the .mo file beside each catalogue; git does not keep it."""
    from core.translating import catalogues

    click.echo(f"{len(catalogues.compile_all(root))} catalogues compiled.")


@translations.command()
@click.argument("languages", nargs=-1)
@click.option("--summary", is_flag=True, help="Only how many of which kind.")
@click.pass_obj
def check(root: Path, languages: tuple[str, ...], summary: bool) -> None:
    """Say what is wrong with the catalogues (of LANGUAGES, or of all); exit 1 if anything is."""
    from core.translating.catalogues import ExtractionFault
    from core.translating.checks import check as find_problems

    try:
        problems = find_problems(root, languages)
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
@click.pass_obj
def todo(root: Path, language: str, everything: bool, skip: int, limit: int) -> None:
    """Print what LANGUAGE lacks, as a JSON list to be filled."""
    from core.translating import slices

    try:
        work = slices.todo(language, root, everything=everything)
    except slices.NotWritten as fault:
        raise click.ClickException(str(fault)) from None
    part = work[skip : skip + limit if limit else None]
    click.echo(json.dumps(part, ensure_ascii=False, indent=1))


@translations.command()
@click.argument("language")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.pass_obj
def fill(root: Path, language: str, file: TextIO) -> None:
    """Write the translations in FILE (JSON as “todo” prints it, “-” for input) into the catalogues."""
    from core.translating import slices

    try:
        entries = json.load(file)
    except ValueError as fault:
        raise click.ClickException(f"This is not JSON: {fault}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise click.ClickException("The file must hold a list of entries as “todo” prints it.")
    try:
        result = slices.fill(language, entries, root)
    except slices.NotWritten as fault:
        raise click.ClickException(str(fault)) from None
    for line in result.refused:
        click.echo(f"refused {line}", err=True)
    click.echo(f"{result.written} written, {len(result.refused)} refused.")
    if result.refused:
        raise SystemExit(1)
