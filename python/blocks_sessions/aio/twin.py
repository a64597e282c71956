"""Gives the asyncio client's methods the signatures of the blocking one's, which the bindings declare."""

from ast import literal_eval
from inspect import Parameter, Signature

from blocks_sessions._core import _signatures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["twin"]

_KEYWORDS = _signatures()


def twin(function: "Callable[..., Any]") -> "Callable[..., Any]":
    """Show a function that takes `**options` as what it is: one with the keywords of its twin."""
    name = function.__name__
    returned = function.__annotations__.get("return", Parameter.empty)
    keywords = _KEYWORDS["SessionsClient" if name == "__init__" else name]
    parameters = [Parameter("self", Parameter.POSITIONAL_ONLY)]
    declared = {keyword for keyword, _, _ in keywords}
    # What the function names itself, as a path, has no keyword's place.
    own = function.__code__.co_varnames[1 : function.__code__.co_argcount]
    kinds = {place: function.__annotations__[place] for place in own if place not in declared}
    parameters += [
        Parameter(place, Parameter.POSITIONAL_OR_KEYWORD, annotation=kind) for place, kind in kinds.items()
    ]
    for keyword, kind, default in keywords:
        # The one setting that need not be named.
        place = name == "__init__" and keyword == "project_key"
        how = Parameter.POSITIONAL_OR_KEYWORD if place else Parameter.KEYWORD_ONLY
        value = ... if name == "with_options" else literal_eval(default)
        parameters.append(Parameter(keyword, how, default=value, annotation=kind))
    function.__annotations__ = kinds | {keyword: kind for keyword, kind, _ in keywords} | {"return": returned}
    function.__signature__ = Signature(parameters, return_annotation=returned)  # type: ignore[attr-defined]
    return function
