"""How templates become pages: Jinja, with a quicker way to put a value into a page.

A page puts in a thousand values. Jinja wraps each of them, escaped, in an object that says so, and takes it apart
again at once to join the page: that took a third of the time of a list.
"""

import secrets
from collections import ChainMap
from collections.abc import Hashable, Mapping
from functools import lru_cache
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from flask import g, has_request_context, request
from flask.templating import Environment
from flask_wtf.csrf import generate_csrf
from jinja2 import Template
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.nodes import Expr
from jinja2.runtime import Context, Macro, new_context
from markupsafe import Markup, _escape_inner  # type: ignore[attr-defined]  # public only with its wrapping

from core.i18n.reader import current_reader
from core.i18n.texts import LazyText

if TYPE_CHECKING:
    from flask.sansio.app import App


def escaped(value: Any) -> str:
    """``value`` as text that a page can hold: what ``markupsafe.escape`` gives, without its wrapping."""
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # it is a str
    if hasattr(value, "__html__"):
        return value.__html__()  # type: ignore[no-any-return]  # a str, by the convention of the name
    return _escape_inner(str(value))


def is_text(value: object) -> bool:
    """Whether ``value`` is something to read, now or once it is shown; not a list or mapping of such."""
    return isinstance(value, str | LazyText)


class PageWriter(CodeGenerator):
    """Compiles templates so that what they put out goes through :func:`escaped`."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("environment.escaped(")
        if finalize.src is not None:
            self.write(finalize.src)


# Functions that Jinja gives nothing of its own, such as url_for, and the macros: nearly all that a template calls.
_PLAIN = (FunctionType, MethodType)


class PageContext(Context):
    """What a template knows, which calls functions and macros without asking four times what kind they are of."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  as Jinja names them
        """Call ``__obj`` as Jinja does."""
        kind = type(__obj)
        if kind is Macro:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return __obj(__self.eval_ctx, *args, **kwargs)
        if kind in _PLAIN and not hasattr(__obj, "jinja_pass_arg"):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return __obj(*args, **kwargs)
        return super().call(__obj, *args, **kwargs)


# Two words stand in a remembered part for what differs from page to page. They are random, so that nobody can type
# one into a name.
_TOKEN, _HERE = secrets.token_urlsafe(24), secrets.token_urlsafe(24)


class PageTemplate(Template):
    """A template of ours. All have the same globals, so that what one imports is made once and never anew."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()

    def new_context(
        self,
        vars: dict[str, Any] | None = None,  # noqa: A002  as Jinja names it
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,  # noqa: A002  as above
    ) -> Context:
        """What the template knows while it is drawn, as Jinja puts it together.

        Jinja lays what a template was given of its own over the globals of all, and goes through both name by name at
        each drawing, of which a page takes several. Nearly none is given anything, and those of all are all there is.
        """
        own = isinstance(self.globals, ChainMap) and self.globals.maps[0]
        known = self.globals if own else self.environment.globals
        return new_context(self.environment, self.name, self.blocks, vars, shared, known, locals)


_Key = tuple[str, type[dict[Any, Any]] | type[list[Any]] | None, Any]


def _as_key(name: str, value: object) -> _Key:
    """A value that a part was given, so that it can be looked up; lists and mappings of what can be are made tuples."""
    if type(value) is dict:
        return name, dict, tuple(value.items())
    if type(value) is list:
        return name, list, tuple(value)
    return name, None, value


class PageEnvironment(Environment):
    """The environment of every template, core's and the plugins'."""

    code_generator_class = PageWriter
    context_class = PageContext
    template_class = PageTemplate
    escaped = staticmethod(escaped)

    def __init__(self, app: "App", **options: Any) -> None:
        super().__init__(app, **options)
        self._drawn = lru_cache(maxsize=512)(self._draw)
        self.globals["part"] = self.part
        # Jinja's own test "string" knows no text that is looked up when it is shown, as most messages of forms are.
        self.tests["text"] = is_text

    def part(self, template: str, here: str = "", /, **values: object) -> Markup:
        """Draw ``template`` from ``values`` alone, or give back what it was when drawn from the same ones.

        It knows the reader's language and the addresses of the city in force, and nothing else that is not among
        ``values``; so it can hold nothing of another reader. ``here`` is the address of the page, for its forms.
        """
        reader = current_reader()
        mounted_at = request.script_root if has_request_context() else ""
        # Addresses in it lead into the city of the page that it stands on.
        city = g.get("city_slug") if has_request_context() else None
        asked = (
            (reader.language, reader.pseudo, reader.locale, reader.zone_name),
            (mounted_at, city),
            tuple(_as_key(name, value) for name, value in values.items()),
        )
        try:
            drawn = self._drawn(template, *asked)
        except TypeError:
            # Something among the values cannot be looked up, such as a list in a list.
            drawn = self._draw(template, *asked)
        if _TOKEN in drawn:
            drawn = drawn.replace(_TOKEN, escaped(generate_csrf())).replace(_HERE, escaped(here))
        return Markup(drawn)  # noqa: S704  a template of ours has escaped it

    def _draw(
        self,
        template: str,
        _reader: tuple[Hashable, ...],
        _place: tuple[str, str | None],
        values: tuple["_Key", ...],
    ) -> str:
        fixed = {"csrf_token": lambda: _TOKEN, "here": _HERE}
        given = {name: kind(value) if kind else value for name, kind, value in values}
        return self.get_template(template).render(fixed | given)
