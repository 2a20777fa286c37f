"""How templates become pages: Jinja, with a quicker way to put a value into a page.

A page puts in a thousand values. Jinja wraps each of them, escaped, in an object that says so, and takes it apart
again at once to join the page: that took a third of the time of a list.
"""

from typing import Any

from flask.templating import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, _escape_inner  # type: ignore[attr-defined]  # public only with its wrapping


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


class PageWriter(CodeGenerator):
    """Compiles templates so that what they put out goes through :func:`escaped`."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("environment.escaped(")
        if finalize.src is not None:
            self.write(finalize.src)


class PageEnvironment(Environment):
    """The environment of every template, core's and the plugins'."""

    code_generator_class = PageWriter
    escaped = staticmethod(escaped)
