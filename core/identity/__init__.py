"""People, organisations, memberships, sign-in and sessions."""

from flask import Flask


def init_identity(app: Flask) -> None:
    """Register sessions, sign-in and the pages of one's own account."""
    from core.identity import jobs, models  # noqa: F401  the tables and the jobs are known from here on
    from core.identity.security import init_security
    from core.identity.sessions import init_sessions
    from core.identity.throttle import TooManyAttempts
    from core.identity.views import account, door

    init_sessions(app)
    init_security(app)
    app.register_blueprint(door.bp)
    # Signing out of a session that has ended meanwhile is no forgery; the view asks the guard itself.
    app.extensions["csrf"].exempt(door.logout)
    app.register_blueprint(account.bp)
    app.before_request(account.lead_to_second_step)
    app.register_error_handler(TooManyAttempts, door.too_many)
