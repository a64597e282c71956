"""What the API reference is told before it reads stubs and docstrings."""

from __future__ import annotations

import re
from typing import Any

from griffe import Attribute, Class, Docstring, Extension, Function, Object, Parameters

_EXAMPLE = re.compile(r"^Example:$", re.MULTILINE)


class Reference(Extension):
    """Shows compiled classes with their arguments, attributes without labels, and examples as code."""

    def on_class(self, *, cls: Class, **_others: Any) -> None:
        """Give a class that has `__new__` alone an `__init__`, which is where arguments are looked for."""
        made = cls.members.get("__new__")
        if not isinstance(made, Function) or "__init__" in cls.members:
            return
        constructor = Function(
            "__init__",
            parameters=Parameters(*made.parameters),
            returns="None",
            lineno=made.lineno,
            endlineno=made.endlineno,
            parent=cls,
        )
        cls.set_member("__init__", constructor)

    def on_attribute(self, *, attr: Attribute, **_others: Any) -> None:
        """Take away the labels that every attribute with a value has; `property` stays."""
        attr.labels -= {"class-attribute", "instance-attribute"}

    def on_object(self, *, obj: Object, **_others: Any) -> None:
        """Call the section `Examples`: of one `Example`, an admonition of prose would be made."""
        docstring = obj.docstring
        if isinstance(docstring, Docstring):
            docstring.value = _EXAMPLE.sub("Examples:", docstring.value)
