"""Tables of sessions: for pyarrow, pandas and polars, each imported only when it is wanted."""

from importlib import import_module

from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from blocks_sessions._core import _Batches

__all__ = ["check", "schema", "to_arrow", "to_pandas", "to_polars"]

# What each function needs, and the extra that installs it.
_NEEDS = {
    "to_arrow": (("pyarrow",), "arrow"),
    "to_pandas": (("pandas", "pyarrow"), "pandas"),
    "to_polars": (("polars",), "polars"),
    "schema": (("pyarrow",), "arrow"),
}


def check(function: str) -> None:
    """Make sure, before anything is read, that what a function needs is installed.

    Raises:
        ConfigurationError: It is not.
    """
    modules, extra = _NEEDS[function]
    for module in modules:
        try:
            import_module(module)
        except ImportError as error:
            raise ConfigurationError(
                f"{function}() needs {' and '.join(modules)}, and {module} cannot be imported: "
                f"pip install 'blocks-sessions[{extra}]'"
            ) from error


def to_arrow(batches: "_Batches") -> "pyarrow.Table":
    """Make a pyarrow table."""
    import pyarrow

    # Not pyarrow.table(): that imports pandas.
    return pyarrow.RecordBatchReader.from_stream(batches).read_all()


def to_pandas(batches: "_Batches") -> "pandas.DataFrame":
    """Make a pandas frame. The types of its columns do not depend on what is in them.

    Counts stay integers and flags stay booleans where some are missing.
    """
    import pandas
    import pyarrow

    types = {pyarrow.int64(): pandas.Int64Dtype(), pyarrow.bool_(): pandas.BooleanDtype()}
    return to_arrow(batches).to_pandas(types_mapper=types.get)


def to_polars(batches: "_Batches") -> "polars.DataFrame":
    """Make a polars frame."""
    import polars

    return polars.DataFrame(batches)


def schema(batches: "_Batches") -> "pyarrow.Schema":
    """Make a pyarrow schema."""
    import pyarrow

    return pyarrow.RecordBatchReader.from_stream(batches).schema
