"""A listing as a card: what it lists, how far it is, what is proven; and its report alone."""

from blocks_sessions.display import card, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from blocks_sessions._core import _ListingFacts
    from blocks_sessions.report import ListingReport

__all__ = ["listing_html", "report_html"]

_PROMISES = {
    "strict": "proven to be whole, or an error",
    "checked": "proven to be whole, or a warning",
    "fast": "no proof",
}
_STATES = {"reading": "busy", "interrupted": "warn"}
_LONG = 400
_MOST_WARNINGS = 10


def report_html(verdict: str, report: "ListingReport") -> str:
    """Return what is known of a listing."""
    return card.card("ListingReport", verdict, _judged(report), card.facts(_rows(report)))


def listing_html(name: str, facts: "_ListingFacts") -> str:
    """Return what a listing is about and how far it is. Nothing is read for it."""
    pages = name.endswith("PageIterator")
    rows = [(label, html) for label, html in _wishes(facts, pages) if html]
    if facts["state"] == "elsewhere":
        away = card.hint("made in another process: make a new one after the fork")
        return card.card(name, "", card.state("quiet", "not ours"), card.facts(rows), away)
    report, done = facts["report"], facts["report"].yielded
    total = facts["wanted"]
    bar = card.meter(done, total) if total is not None and facts["state"] in _STATES else ""
    known = _rows(report) if facts["pages_fetched"] else []
    summary = _summary(done, total, facts)
    return card.card(name, summary, _now(facts), bar, card.facts(rows + known), _hint(name, facts, pages))


def _summary(done: int, total: int | None, facts: "_ListingFacts") -> str:
    if facts["state"] == "not started":
        return ""
    of = f" of {total:,}" if total is not None and facts["state"] != "finished" else ""
    unread = f" · {facts['unread']:,} ready" if facts["unread"] else ""
    return f"{done:,}{of} session{'' if done == 1 and not of else 's'}{unread}"


def _now(facts: "_ListingFacts") -> str:
    if facts["state"] == "finished" and facts["consistency"] != "fast":
        return _judged(facts["report"])
    return card.state(_STATES.get(facts["state"], "quiet"), facts["state"])


def _judged(report: "ListingReport") -> str:
    if report.complete:
        return card.state("good", "complete")
    return card.state("busy", "cut short") if report.cut_short else card.state("warn", "not proven")


def _wishes(facts: "_ListingFacts", pages: bool) -> list[tuple[str, str]]:
    """Return what the caller asked for."""
    mode, offset, most = facts["consistency"], facts["offset"], facts["max_items"]
    part = [f"without the first {offset:,}"] if offset else []
    part += [f"{most:,} at most"] if most is not None else []
    return [
        ("agent", text.identifier(facts["agent_id"]) if "agent_id" in facts else ""),
        ("mode", f"{mode}: {text.muted(_PROMISES[mode])}"),
        ("sessions", ", ".join(part)),
        ("page size", f"{facts['page_size']:,}" if pages else ""),
    ]


def _rows(report: "ListingReport") -> list[tuple[str, str]]:
    """Return what is known, without what is not."""
    rows = [
        ("proof", report.certificate),
        ("order", report.order),
        ("requests", _requests(report)),
        ("total_count", _counts(report.total_count_first, report.total_count_last)),
        ("meanwhile", _changes(report)),
        ("first answer", _time(report.started_at)),
        ("proven for", _time(report.proven_at)),
    ]
    shown = [(label, text.text(value)) for label, value in rows if value]
    doubts = [("warning", text.text(warning, _LONG)) for warning in report.warnings[:_MOST_WARNINGS]]
    return shown + doubts


def _requests(report: "ListingReport") -> str:
    parts = [f"{report.requests:,}"]
    parts += [f"{report.retries:,} sent again"] if report.retries else []
    parts += [f"page limit {report.effective_limit:,}"] if report.effective_limit else []
    parts += ["the service counts pages"] if report.addressing == "pages" else []
    parts += [f"{text.plural(report.repeated, 'row')} seen again"] if report.repeated else []
    return " · ".join(parts)


def _counts(first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return ""
    return f"{first:,}" if first == last else f"{first:,}, then {last:,}"


def _changes(report: "ListingReport") -> str:
    changes = [
        (report.inserted, "inserted"),
        (report.updated, "updated"),
        (report.vanished_at_least, "or more vanished"),
    ]
    return " · ".join(f"{count:,} {what}" for count, what in changes if count)


def _time(time: "datetime | None") -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time is not None else ""


def _hint(name: str, facts: "_ListingFacts", pages: bool) -> str:
    method = "iter_pages" if pages else "iter_sessions"
    anew = f"{card.code(f'client.{method}()')} starts anew"
    if facts["state"] == "finished":
        return card.hint(f"read to its end: {card.code('listing.report')} says what is proven", anew)
    if facts["state"] == "closed":
        return card.hint("what was handed out stays valid", anew)
    asynchronous = name.startswith("Async")
    loop = f"{'async ' if asynchronous else ''}for {'page' if pages else 'session'} in listing: …"
    frame = f"{'await ' if asynchronous else ''}listing.to_pandas()"
    if facts["state"] == "not started":
        return card.hint(
            "nothing was asked yet", f"{card.code(loop)} reads one by one", f"{card.code(frame)} all at once"
        )
    return card.hint(f"{card.code(loop)} goes on", f"{card.code(frame)} reads what is left")
