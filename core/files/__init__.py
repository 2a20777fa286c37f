"""Attachments: where they are kept, and who may fetch them."""

from flask import Flask


def init_files(app: Flask) -> None:
    """Register the download of attachments, and let files follow the transactions."""
    from core.database import db
    from core.files import store
    from core.files.views import bp

    store.follow_transactions(db.session)
    app.register_blueprint(bp)
