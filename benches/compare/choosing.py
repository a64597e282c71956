"""The same condition, and the same four fields, as a competent user would write them over each tool."""

from __future__ import annotations

from typing import Any

from .peers import OURS, Task, collected, count, ours, pycurl

# What few sessions are, and what none is.
WHERE = "status = 'closed' and rating <= 2 and tags contains 'billing'"
NOTHING = "status = 'closed' and rating > 5 and tags contains 'billing'"
FIELDS = ["session_id", "created_at", "status", "rating"]

dictionaries = collected(pycurl)


def is_wanted(session: dict[str, Any]) -> bool:
    rating = session.get("rating")
    return (
        session.get("status") == "closed"
        and rating is not None
        and rating <= 2
        and "billing" in (session.get("tags") or ())
    )


def loop(url: str, pages: int) -> object:
    return [session for page in pycurl(url, pages) for session in page if is_wanted(session)]


def pandas_query(url: str, pages: int) -> object:
    import pandas

    frame = pandas.DataFrame(dictionaries(url, pages))
    billing = frame["tags"].map(lambda tags: isinstance(tags, list) and "billing" in tags)
    return frame[(frame["status"] == "closed") & (frame["rating"] <= 2) & billing]


def polars_filter(url: str, pages: int) -> object:
    import polars

    frame = polars.DataFrame(dictionaries(url, pages), infer_schema_length=None)
    billing = polars.col("tags").list.contains("billing")
    return frame.filter((polars.col("status") == "closed") & (polars.col("rating") <= 2) & billing)


def picked(url: str, pages: int) -> object:
    return [
        {name: session[name] for name in FIELDS if name in session}
        for page in pycurl(url, pages)
        for session in page
    ]


DROPPED = f"{OURS}, all read and dropped"
KEPT_NONE = f"{OURS}, none kept"
WHOLE = f"{OURS}, collect"
FOUR = f"{OURS}, collect of four fields"

CHOOSE: dict[str, Task] = {
    "pandas.DataFrame, and filter": pandas_query,
    "polars.DataFrame, and filter": polars_filter,
    "pycurl + orjson, and if": loop,
    "pycurl + orjson, four fields": picked,
    OURS: lambda url, _: ours(url).collect(where=WHERE),
    KEPT_NONE: lambda url, _: count(ours(url).iter_sessions(where=NOTHING)),
    DROPPED: lambda url, _: count(ours(url).iter_sessions()),
    WHOLE: lambda url, _: ours(url).collect(),
    FOUR: lambda url, _: ours(url).collect(fields=FIELDS),
}
