"""A client as a card: where it calls, as whom, and how patiently; never with what secret."""

from blocks_sessions.display import card, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks_sessions._core import _ClientFacts

__all__ = ["client_html"]

_MOST_HEADERS = 12


def client_html(name: str, facts: "_ClientFacts") -> str:
    """Return what is known of a client."""
    now = card.state("quiet", "closed") if facts["closed"] else card.state("good", "open")
    agent = facts["agent_id"]
    rows = [
        ("agent", text.identifier(agent) if agent else text.muted("none: each call names one")),
        ("credentials", _credentials(facts)),
        ("patience", _patience(facts)),
        ("pace", _pace(facts)),
        *_extras(facts),
    ]
    service = text.text(facts["service"], 100)
    return card.card(text.text(name), service, now, card.facts(rows), _hint(name, facts))


def _credentials(facts: "_ClientFacts") -> str:
    kinds = ["x-blocks-key"] if facts["blocks_key"] else []
    if facts["credentials"] is not None:
        kinds.append(facts["credentials"])
    return " · ".join(map(text.text, kinds)) if kinds else text.muted("none")


def _patience(facts: "_ClientFacts") -> str:
    attempt, total = (text.duration(facts[name]) for name in ("timeout_attempt", "timeout_total"))
    retries = facts["max_retries"]
    again = f"{retries:,} {'retry' if retries == 1 else 'retries'}" if retries else "no retries"
    return f"{attempt} an attempt · {again} · {total} a call in all"


def _pace(facts: "_ClientFacts") -> str:
    pace = f"{text.plural(facts['max_concurrency'], 'request')} at once for a listing"
    limit = facts["max_requests_per_second"]
    return pace if limit is None else f"{pace} · {text.number(limit)} a second at most"


def _extras(facts: "_ClientFacts") -> list[tuple[str, str]]:
    """Return what most clients do not have."""
    rows = []
    if facts["cache_ttl"] is not None:
        rows.append(("cache", f"the same page from memory for {text.duration(facts['cache_ttl'])}"))
    if facts["mask"] is not None:
        rows.append(("mask", text.text(facts["mask"], 100)))
    if facts["proxy"] is not None:
        rows.append(("proxy", text.text(facts["proxy"], 100)))
    if names := facts["headers"]:
        more = text.muted(f" +{len(names) - _MOST_HEADERS}") if len(names) > _MOST_HEADERS else ""
        rows.append(("headers", " · ".join(map(text.text, names[:_MOST_HEADERS])) + more))
    return rows


def _hint(name: str, facts: "_ClientFacts") -> str:
    if facts["closed"]:
        return card.hint("any call raises ConfigurationError: make a new client")
    wait = "await " if name.startswith("Async") else ""
    agent = "" if facts["agent_id"] else "agent_id=…, "
    return card.hint(
        f"{card.code(f'{wait}client.list({agent}limit=50)')} is one page",
        f"{card.code(f'{wait}client.iter_sessions({agent[:-2]}).to_pandas()')} is everything",
    )
