"""A list for Spark: a source for `spark.read`, and `read_sessions`, which is whole by one shuffle.

Spark prints what it is given: options stand in plans and event logs, and partitions in messages. Keys are
therefore read from the environment of the executors, or travel in what Spark pickles and does not print.
"""

import json
from math import isfinite

from blocks_sessions._core import SessionsClient
from blocks_sessions.exceptions import ConfigurationError
from blocks_sessions.integrations._parts import batches, blocking, missing, ready, schema, settled, slices
from blocks_sessions.partition import Part, PartEvidence, PartSlice

try:
    from pyspark.sql.datasource import (  # type: ignore[import-not-found]
        DataSource,
        DataSourceReader,
        InputPartition,
    )
except ImportError:
    # What is called says what to install.
    DataSource = DataSourceReader = InputPartition = object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    import pyarrow
    from pyspark.sql import DataFrame as _DataFrame  # type: ignore[import-not-found]
    from pyspark.sql import SparkSession as _SparkSession
    from pyspark.sql.datasource import Filter as _Filter
    from pyspark.sql.types import StructType as _StructType  # type: ignore[import-not-found]

    from blocks_sessions.partition import PartitionPlan

__all__ = ["read_sessions", "register"]

_PARTS = 8
_OPTIONS = ("agent_id", "since", "until", "where", "fields", "parts")
_PUSHDOWN = "spark.sql.python.filterPushdown.enabled"
_OPERATORS = {
    "EqualTo": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqual": ">=",
    "LessThan": "<",
    "LessThanOrEqual": "<=",
}
# Columns that are no values of a session: JSON text, or made of several.
_OTHERWISE = {"user_name", "user_email", "user_phone", "user_location"} | {
    "extra",
    "user_info",
    "metadata",
    "context",
    "location",
    "sentiment",
    "tags",
}
_CLASS, _PART, _EVIDENCE, _ID = "class of the session", "part", "evidence", "hash of the id"


def register(spark: "_SparkSession", client: "SessionsClient | None" = None) -> None:
    """Make `spark.read.format("blocks_sessions")` known to a Spark session.

    Its options are `agent_id`, `since`, `until`, `where`, `fields` (names, with commas between them) and
    `parts`. A frame is read anew by every action; without `until`, each reads up to the moment up to which
    the list is settled then. All sessions with a key before the bound are read exactly once, or the job
    fails; one that moves meanwhile is no longer before it. `read_sessions` has no bound.

    Args:
        spark: The session.
        client: Whose settings to read with; without one they are those of the environment of driver and
            executors, as of `SessionsClient()`. No option takes a key: Spark shows options.
    """
    if DataSource is object:
        raise missing("spark", "pyspark 4.1")
    pushes = str(spark.conf.get(_PUSHDOWN, "false")).lower() == "true"

    chosen = {"_client": client, "_reader": PushingReader if pushes else PartsReader}
    spark.dataSource.register(type("Source", (SessionsSource,), chosen))


class SessionsSource(DataSource):  # type: ignore[misc]
    """What `spark.read.format("blocks_sessions")` reads."""

    _client: "SessionsClient | None" = None
    _reader: "type[PartsReader]"

    @classmethod
    def name(cls) -> str:
        """Return the format's name."""
        return "blocks_sessions"

    def schema(self) -> "_StructType":
        """Return the columns: they do not depend on what was sent."""
        from pyspark.sql.pandas.types import from_arrow_schema  # type: ignore[import-not-found]

        columns = _fields(self.options)
        # Nothing is asked for, so that any key will do.
        client = SessionsClient("-", agent_id="-")
        nothing = client.iter_sessions(max_items=0, fields=columns).to_arrow()
        return from_arrow_schema(nothing.schema)

    def reader(self, schema: "_StructType") -> "PartsReader":  # noqa: ARG002
        """Return a reader."""
        known = {name.lower() for name in _OPTIONS}
        unknown = sorted(set(map(str.lower, self.options)) - known)
        if unknown:
            raise ConfigurationError(
                f"the source takes the options {', '.join(_OPTIONS)}, and not {', '.join(unknown)}; keys are "
                f"read from the environment, or from a client: register(spark, client)"
            )
        return self._reader(dict(self.options), self._client)


class PartsReader(DataSourceReader):  # type: ignore[misc]
    """Reads a list part by part."""

    def __init__(self, options: "dict[str, str]", client: "SessionsClient | None") -> None:
        self._client = client
        options = {name.lower(): value for name, value in options.items()}
        self._parts = int(options.get("parts", _PARTS))
        self._listing: dict[str, Any] = {
            name: options[name] for name in ("agent_id", "since", "until", "where") if name in options
        }
        if (columns := _fields(options)) is not None:
            self._listing["fields"] = columns

    def partitions(self) -> "list[InputPartition]":
        """Plan: a handful of requests, and one for each cut."""
        plan = ready(self._client or SessionsClient(), self._parts, self._listing)
        return [_Partition(part._text, part._options, part._count) for part in plan.parts]

    def read(self, partition: "_Partition") -> "Iterator[pyarrow.RecordBatch]":
        """Read a part: proven, or an error, which fails the task."""
        from blocks_sessions.partition.plan import with_share

        client = with_share(self._client or SessionsClient(), partition.count)
        return batches(Part(client, partition.text, partition.options, partition.count).read())


class PushingReader(PartsReader):
    """Reads only what a query's simple conditions leave; Spark refuses it where that is not enabled."""

    def pushFilters(self, filters: "list[_Filter]") -> "Iterable[_Filter]":  # noqa: N802
        """Take the conditions that mean the same in both languages; Spark asks them once more."""
        texts = [text for one in filters if (text := _condition(one)) is not None]
        if own := self._listing.get("where"):
            texts.insert(0, own)
        if texts:
            self._listing["where"] = " and ".join(f"({text}\n)" for text in texts)
        return filters


class _Partition(InputPartition):  # type: ignore[misc]
    """A part on its way to an executor, without the client."""

    def __init__(self, text: str, options: "dict[str, Any]", count: int) -> None:
        self.text, self.options, self.count = text, options, count

    def __repr__(self) -> str:
        return f"<part {json.loads(self.text)['index'] + 1} of {self.count} of the sessions>"


def _fields(options: "Any") -> "list[str] | None":
    text = options.get("fields")
    return None if text is None else [name.strip() for name in text.split(",")]


def _condition(one: "_Filter") -> str | None:
    operator = _OPERATORS.get(type(one).__name__)
    attribute: tuple[str, ...] = getattr(one, "attribute", ())
    column = attribute[0] if len(attribute) == 1 else ""
    if not column.isidentifier() or column in _OTHERWISE:
        return None
    if type(one).__name__ == "IsNotNull":
        # A value that does not fit its column is null there, and not in the session.
        return f"{column} is not null"
    value = getattr(one, "value", None)
    match value:
        case bool() if operator == "=":
            return f"{column} = {str(value).lower()}"
        case str() if operator is not None:
            return f"{column} {operator} '" + value.replace("'", "''") + "'"
        case int() | float() if operator is not None and not isinstance(value, bool) and isfinite(value):
            return f"{column} {operator} {value!r}"
    return None


def read_sessions(
    spark: "_SparkSession", client: "SessionsClient", *, parts: int = _PARTS, **listing: "Any"
) -> "_DataFrame":
    """Return a frame of a list: every session that there was when it was planned and is still there, once.

    The plan is made at once; parts are read by Spark's tasks, shuffled by classes of sessions, and each
    class settles itself once all its slices arrived, so that a task that runs again changes nothing for the
    others. A frame is read anew by every action, and the plan is then as old as it is: write it first, or
    `localCheckpoint()` it.

    Args:
        spark: The session.
        client: The blocking client to list with; its settings travel in what Spark pickles, and are in no
            plan.
        parts: How many parts to read at once, at most.
        **listing: What `SessionsClient.partitions` takes.

    Raises:
        ValidationError: The arguments are wrong, all faults at once, before any request.
        SessionsError: Whatever a request failed with. An action fails where a part or its settling could
            not be proven.
    """
    try:
        import pyarrow
        from pyspark.sql.pandas.types import from_arrow_schema
    except ImportError:
        raise missing("spark", "pyspark 4.1") from None

    plan = blocking(client).partitions(parts, **listing)
    classes = len(plan.parts)
    columns = schema(client, plan)
    number, text, hashed = pyarrow.int32(), pyarrow.string(), pyarrow.binary()
    fields = {_CLASS: number, _PART: number, _EVIDENCE: text, _ID: hashed}
    travelling = pyarrow.schema([*(pyarrow.field(name, kind) for name, kind in fields.items()), *columns])
    read = _reading(plan, classes, travelling)
    settle = _settling(plan, classes, columns)
    rows = spark.range(0, classes, 1, classes).mapInArrow(read, from_arrow_schema(travelling))
    return rows.groupBy(f"`{_CLASS}`").applyInArrow(settle, from_arrow_schema(columns))


def _reading(
    plan: "PartitionPlan", classes: int, travelling: "pyarrow.Schema"
) -> "Callable[[Iterator[pyarrow.RecordBatch]], Iterator[pyarrow.RecordBatch]]":
    def read(wanted: "Iterator[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
        for batch in wanted:
            wanted_parts: list[Any] = batch.column(0).to_pylist()
            for index in wanted_parts:
                for one in slices(plan.parts[index], classes):
                    yield from _packed(one, travelling)

    return read


def _packed(one: PartSlice, travelling: "pyarrow.Schema") -> "Iterator[pyarrow.RecordBatch]":
    """Give a slice as rows: first one with the evidence alone, which each class gets of each part."""
    import pyarrow

    class_, part = one.class_, one.evidence.index
    nothing = [None] * (len(travelling) - 4)
    arrays = [
        pyarrow.array([value], field.type)
        for value, field in zip([class_, part, one.evidence._text, None, *nothing], travelling, strict=True)
    ]
    yield pyarrow.RecordBatch.from_arrays(arrays, schema=travelling)
    ids = [one._ids[at : at + 16] for at in range(0, len(one._ids), 16)]
    count = len(ids)
    own: list[Any] = [
        pyarrow.array([class_] * count, pyarrow.int32()),
        pyarrow.array([part] * count, pyarrow.int32()),
        pyarrow.nulls(count, pyarrow.string()),
        pyarrow.array(ids, pyarrow.binary()),
    ]
    rows = one.to_arrow().combine_chunks()
    columns: list[Any] = [column.combine_chunks() for column in rows.columns]
    table = pyarrow.Table.from_arrays([*own, *columns], schema=travelling)
    yield from table.to_batches()


def _settling(
    plan: "PartitionPlan", classes: int, columns: "pyarrow.Schema"
) -> "Callable[[tuple[Any, ...], pyarrow.Table], pyarrow.Table]":
    def settle(key: "tuple[Any, ...]", given: "Any") -> "pyarrow.Table":
        import pyarrow
        import pyarrow.compute

        table: Any = given
        class_ = int(key[0].as_py())
        read = []
        for part in sorted(set(table.column(_PART).to_pylist())):
            mine = table.filter(
                pyarrow.compute.equal(table.column(_PART), pyarrow.scalar(part, pyarrow.int32()))
            )
            evidence = mine.column(_EVIDENCE).drop_null().to_pylist()[0]
            rows = mine.filter(pyarrow.compute.is_valid(mine.column(_ID)))
            ids = b"".join(rows.column(_ID).to_pylist())
            found = rows.select(columns.names).cast(columns)
            read.append(PartSlice(PartEvidence(evidence), classes, class_, ids, found))
        return settled(plan, read, classes, class_)

    return settle
