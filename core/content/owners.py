"""The way from a text to the record it belongs to: hooks of a plugin, or an owner within core.

Core's own records are no plugin's, so their part of the house registers itself with :func:`add_owner`.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from flask import Flask, current_app, g, has_request_context

from core.registry import CityHooks, plugin_registry
from core.tenancy import current_city
from core.values import Link, Ref, Translatable, Viewer

_OWNERS = "maillage_content_owners"


class Owner(Protocol):
    """What core asks of the owner of translated records; a plugin answers by the hooks of the same names."""

    def describe(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
        """Titles and addresses of the records that the viewer may see."""

    def translatable(self, refs: Iterable[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
        """Which texts they have, and what the viewer may do with them."""

    def text_translated(
        self, ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
    ) -> None:
        """Keep the owner's copy of a translation."""


def add_owner(app: Flask, name: str, owner: Owner) -> None:
    """Let ``owner`` answer for the records whose ref says ``name`` in the place of a plugin."""
    app.extensions.setdefault(_OWNERS, {})[name] = owner


def _owners() -> Mapping[str, Owner]:
    found: Mapping[str, Owner] = current_app.extensions.get(_OWNERS, {})
    return found


def owner_names(hooks: CityHooks) -> frozenset[str]:
    """Whose records there are in the city: core's own, and those of the plugins that are on."""
    return frozenset(_owners()) | hooks.enabled


def _by_owner(refs: Iterable[Ref]) -> dict[str, list[Ref]]:
    found: dict[str, list[Ref]] = {}
    for ref in refs:
        found.setdefault(ref.plugin, []).append(ref)
    return found


def describe(refs: Iterable[Ref], viewer: Viewer, hooks: CityHooks) -> dict[Ref, Link]:
    """Titles and addresses of the records that ``viewer`` may see; each owner is asked once."""
    found: dict[Ref, Link] = {}
    for name, own in _by_owner(refs).items():
        if owner := _owners().get(name):
            found.update(owner.describe(own, viewer))
        else:
            for answer in hooks.read("describe", only=name, refs=own, viewer=viewer):
                found.update(answer)
    return found


def subject_link(ref: Ref, viewer: Viewer) -> Link | None:
    """Title and address of one record of any plugin that is on, as ``viewer`` may see it; None else.

    For a plugin whose own record points to it, such as an item of an agenda.
    """
    return subject_links([ref], viewer).get(ref)


def subject_links(refs: Iterable[Ref], viewer: Viewer) -> dict[Ref, Link]:
    """As :func:`subject_link`, for many records; each owner is asked once, also where there is no request."""
    from core.web import enabled_plugins

    enabled = g.enabled_plugins if has_request_context() else enabled_plugins(current_city())
    return describe(refs, viewer, plugin_registry().hooks(frozenset(enabled)))


def translatable(refs: Iterable[Ref], viewer: Viewer, hooks: CityHooks) -> dict[Ref, Translatable]:
    """What can be translated of the records that ``viewer`` may see; each owner is asked once."""
    found: dict[Ref, Translatable] = {}
    for name, own in _by_owner(refs).items():
        if owner := _owners().get(name):
            found.update(owner.translatable(own, viewer))
        else:
            for answer in hooks.read("translatable", only=name, refs=own, viewer=viewer):
                found.update(answer)
    return found


def tell(
    ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
) -> None:
    """Tell the owner of a record how its texts in ``language`` stand now; what it raises goes to the caller."""
    if owner := _owners().get(ref.plugin):
        owner.text_translated(ref, language, texts, state, viewer)
        return
    # The plugin itself has kept the original, so it is on; nothing here depends on a request.
    plugin_registry().hooks({ref.plugin}).call(
        "text_translated",
        only=ref.plugin,
        ref=ref,
        language=language,
        texts=texts,
        state=state,
        viewer=viewer,
    )
