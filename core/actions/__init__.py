"""Actions: who does what by when, one record for every plugin."""

from flask import Flask


def init_actions(app: Flask) -> None:
    """Register the pages of actions, their panel on every subject, their list and what is told of them."""
    from core.actions.access import PLUGIN
    from core.actions.exporting import offer_list
    from core.actions.owner import ActionOwner
    from core.actions.panel import actions_panel
    from core.actions.telling import KINDS
    from core.actions.views import bp
    from core.content.owners import add_owner
    from core.notifications.kinds import register_kinds
    from core.panels import register_panel

    app.register_blueprint(bp)
    add_owner(app, PLUGIN, ActionOwner())
    register_panel(10, actions_panel)
    register_kinds(*KINDS)
    offer_list()
