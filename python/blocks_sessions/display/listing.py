"""A listing as a card: what it lists, how far it is, what is proven; and its report alone."""

from blocks_sessions.display import card, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from blocks_sessions._core import _ListingFacts
    from blocks_sessions.report import ListingReport

__all__ = ["any_report_html", "dataset_html", "judged", "listing_html", "report_html"]

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
    return card.card("ListingReport", verdict, judged(report), card.facts(_rows(report)))


def any_report_html(
    name: str, verdict: str, state: tuple[str, str], rows: "list[tuple[str, str]]", warnings: tuple[str, ...]
) -> str:
    """Return what is known of whatever ends with a report."""
    colour, word = state
    shown = [(label, text.text(value)) for label, value in rows] + _doubts(warnings)
    return card.card(name, text.text(verdict), card.state(colour, word) if word else "", card.facts(shown))


def dataset_html(name: str, options: "dict[str, object]", report: "ListingReport | None") -> str:
    """Return what a dataset lists, and how its latest reading went. Nothing is read for it."""
    shown = ("agent_id", "offset", "max_items", "consistency")
    rows = [(name, text.text(str(options[name]))) for name in shown if options.get(name) is not None]
    rows += (
        [("also", text.text(", ".join(sorted(options.keys() - set(shown)))))]
        if options.keys() - set(shown)
        else []
    )
    asynchronous = "await " if name.startswith("Async") else ""
    hint = card.hint("every use reads the list anew", card.code(f"{asynchronous}dataset.to_pandas()"))
    latest = [("latest reading", text.plural(report.yielded, "session"))] if report is not None else []
    state = judged(report) if report is not None else card.state("quiet", "not read")
    return card.card(name, "", state, card.facts(rows + latest), hint)


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
        return judged(facts["report"])
    return card.state(_STATES.get(facts["state"], "quiet"), facts["state"])


def judged(report: "ListingReport") -> str:
    """Return in a word what is known of a listing."""
    if report.complete:
        return card.state("good", "complete in its part" if report.cut_short else "complete")
    if report.closed:
        return card.state("quiet", "closed")
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
    return shown + _doubts(report.warnings)


def _doubts(warnings: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("warning", text.text(warning, _LONG)) for warning in warnings[:_MOST_WARNINGS]]


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
