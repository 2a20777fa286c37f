"""What is worked out from all of a city's records, and stays the same until one of them changes."""

from collections.abc import Callable
from functools import lru_cache, partial, wraps
from typing import Any, ParamSpec, TypeVar, overload

from flask import current_app, has_request_context, request

from core.tenancy import current_city

P = ParamSpec("P")
R = TypeVar("R")


@overload
def until_changed(function: Callable[P, R]) -> Callable[P, R]: ...


@overload
def until_changed(*, most: int) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def until_changed(function: Any = None, *, most: int = 512) -> Any:
    """Remember what ``function`` returns, until something that a calendar could show changes in the city in force.

    Every such change raises the city's ``calendar_version`` in its own transaction, and a page reads that number
    with the city before it asks for anything else: so what is remembered for a number is never older than it, in
    whichever process. Only reading a page remembers; a request that writes works everything out anew.

    Arguments are hashable, and what is returned is shared: give back tuples and frozen values. At ``most`` so many
    answers are kept; of large ones, keep few.
    """
    return partial(_remember, most=most) if function is None else _remember(function, most)


def _remember(function: Callable[P, R], most: int) -> Callable[P, R]:
    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        if not has_request_context() or request.method not in {"GET", "HEAD"}:
            return function(*args, **kwargs)
        # It belongs to the application: another one in this process may have another database.
        kept: dict[Any, Callable[..., R]] = current_app.extensions.setdefault("remembered", {})
        if asked not in kept:
            kept[asked] = lru_cache(maxsize=most)(partial(_without_key, function))
        city = current_city()
        return kept[asked](city.id, city.calendar_version, *args, **kwargs)

    return asked


def _without_key(
    function: Callable[P, R], _city_id: str, _version: int, /, *args: P.args, **kwargs: P.kwargs
) -> R:
    return function(*args, **kwargs)
