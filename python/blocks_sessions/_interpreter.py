"""Refuses the import in a subinterpreter, before the compiled module takes that one for its own.

Its threads outlive a subinterpreter, and a process whose main interpreter does not know of them never ends.
"""

__all__: list[str] = []


def _is_sub() -> bool:
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            interpreters = __import__(name)
        except ImportError:
            continue
        return bool(interpreters.get_current() != interpreters.get_main())
    # Without the module nobody but an embedding program makes any.
    return False


if _is_sub():
    raise ImportError(
        "blocks_sessions cannot be used in a subinterpreter: the process would never end. Import it in the "
        "main interpreter (under mod_wsgi: WSGIApplicationGroup %{GLOBAL}), or start a process of its own"
    )
