"""What static analysis can't know about our sources: constructors by attrs, `Example:` sections."""

from __future__ import annotations

import re
from typing import Any, TypeGuard

from griffe import (
    Attribute,
    Class,
    Expr,
    ExprCall,
    ExprKeyword,
    Extension,
    Function,
    Object,
    Parameter,
    ParameterKind,
    Parameters,
)


def _keywords(call: Any) -> dict[str, str | Expr]:
    if not isinstance(call, ExprCall):
        return {}
    return {a.name: a.value for a in call.arguments if isinstance(a, ExprKeyword)}


def _is_factory(value: Any) -> TypeGuard[Any]:
    """Say whether a default is `attrs.Factory(...)`."""
    path = getattr(value, "canonical_path", "").removesuffix("()")
    return path == "attrs.Factory" and isinstance(value, ExprCall)


def _decorator(cls: Class) -> Any:
    for decorator in cls.decorators:
        path = getattr(decorator.value, "canonical_path", "")
        if path.removesuffix("()") in {"attrs.frozen", "attrs.define"}:
            return decorator.value
    return None


def _parameter(attribute: Attribute, *, named: bool) -> Parameter:
    options = {}
    default: str | Expr | None = attribute.value
    if getattr(attribute.value, "canonical_path", "").removesuffix("()") == "attrs.field":
        options = _keywords(attribute.value)
        default = options.get("default")
        if "factory" in options:
            default = ExprCall(function=options["factory"], arguments=[])
    elif _is_factory(attribute.value):
        default = ExprCall(function=attribute.value.arguments[0], arguments=[])
    kind = ParameterKind.positional_or_keyword
    if named or str(options.get("kw_only")) == "True":
        kind = ParameterKind.keyword_only
    return Parameter(attribute.name, annotation=attribute.annotation, kind=kind, default=default)


class Attrs(Extension):
    """Give attrs classes their constructor, and let `Example:` be a section of code."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Read `Example:` as griffe's `Examples:`, `Class attributes:` as attributes too."""
        if obj.docstring is not None:
            text = re.sub(r"(?m)^( *)Example:$", r"\1Examples:", obj.docstring.value)
            obj.docstring.value = re.sub(
                r"(?m)^( *)Class attributes:$", r"\1Attributes: Class attributes:", text
            )

    def on_class(self, *, cls: Class, **_: Any) -> None:
        """Add the constructor that attrs writes at run time."""
        decorator = _decorator(cls)
        if decorator is None or "__init__" in cls.members:
            return
        named = str(_keywords(decorator).get("kw_only")) == "True"
        found = [
            _parameter(member, named=named)
            for member in cls.members.values()
            if isinstance(member, Attribute)
            and member.annotation is not None
            and "property" not in member.labels
            and not member.name.startswith("_")
        ]
        if not found:
            return
        found.sort(key=lambda parameter: parameter.kind is ParameterKind.keyword_only)
        myself = Parameter("self", kind=ParameterKind.positional_or_keyword)
        init = Function("__init__", parameters=Parameters(myself, *found), parent=cls)
        cls.set_member("__init__", init)
