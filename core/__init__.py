"""Maillage: the intranet of a city's prevention network. ``create_app`` is its table of contents."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from core import config


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """Make the application. Touches neither the database nor the network.

    ``settings`` override what files and the environment say. Raises :class:`core.config.SettingError` for a setting
    that cannot be read, and :class:`RuntimeError` when a page of core does not say who may open it.
    """
    from core import assets, cli, database, errors, headers, i18n, logs, registry, schema, web
    from core.actions import init_actions
    from core.cities import init_cities
    from core.content import init_content
    from core.directory import init_directory
    from core.exporting import init_exporting
    from core.figures import init_figures
    from core.files import init_files
    from core.handover import init_handover
    from core.home import init_home
    from core.identity import init_identity
    from core.importing import init_importing
    from core.invitations import init_invitations
    from core.jobs import init_jobs
    from core.notifications import init_notifications
    from core.panels import init_panels
    from core.permissions import undeclared_routes
    from core.search import init_search
    from core.site import init_site
    from core.week import init_week
    from core.wording import init_wording

    app = web.Application(__name__, instance_path=str(config.instance_folder()), static_folder=None)
    config.load_config(app, settings)
    logs.init_logs(app)
    headers.init_headers(app)
    database.init_database(app)
    i18n.init_languages(app)
    assets.init_assets(app)
    errors.init_errors(app)
    web.init_web(app)
    init_panels(app)

    init_site(app)
    init_identity(app)
    init_cities(app)
    init_directory(app)
    init_content(app)
    init_home(app)
    init_files(app)
    init_exporting(app)
    init_importing(app)
    init_wording(app)
    init_notifications(app)
    init_jobs(app)
    init_invitations(app)
    init_actions(app)
    init_search(app)
    init_week(app)
    init_handover(app)
    init_figures(app)
    registry.init_plugins(app)

    schema.init_schema(app)
    cli.init_cli(app)
    if missing := undeclared_routes(app):
        raise RuntimeError(f"These pages do not say who may open them: {', '.join(missing)}")
    return app
