"""The one look that all have: a card with a head, tables, and a hint what to do next.

It takes HTML and knows nothing of what is shown. Without its style sheet, which some viewers take
away, the same HTML is plain tables under plain headings.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["card", "code", "facts", "grid", "hint", "meter", "state"]

# By name: JupyterLab's variable, VS Code's, and, where there is neither, a colour for light and for dark.
_COLOURS = {
    "card": ("--jp-layout-color1", "--vscode-editor-background", "#ffffff", "#161b22"),
    "text": ("--jp-content-font-color1", "--vscode-editor-foreground", "#1f2328", "#e6edf3"),
    "muted": ("--jp-content-font-color2", "--vscode-descriptionForeground", "#59636e", "#9aa4af"),
}
# In the middle between light and dark, so that they are seen on both; so are lines and shades.
_STATES = {"good": "#2da44e", "busy": "#3b82d0", "warn": "#c68a00", "bad": "#e5534b", "quiet": "#8b949e"}

# `&` is the card, weighing as much as an id would: more than what notebooks say of all tables and code.
_CARD = ":is(#blocks,.blocks-sessions)"
_RULES = """
&{box-sizing:border-box;width:fit-content;min-width:min(460px,100%);max-width:100%;margin:2px 0 6px;
color:var(--bs-text);background:var(--bs-card);overflow:hidden;
border:1px solid rgba(128,128,128,.3);border-radius:6px;
font:13px/1.5 var(--jp-content-font-family,system-ui,-apple-system,"Segoe UI",sans-serif)}
& .head{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 12px;padding:8px 14px}
& .head .state{margin-left:auto;padding-left:12px}
& .muted,& caption,& .hint{color:var(--bs-muted)}
& .wide,& .facts{scrollbar-width:thin;scrollbar-color:rgba(128,128,128,.5) transparent}
& .wide{overflow-x:auto;border-top:1px solid rgba(128,128,128,.3)}
& table{width:100%;margin:0;border:0;border-collapse:collapse;table-layout:auto;font-size:13px}
& tbody tr,& thead tr,& tbody tr:hover{background:none}
& th,& td{padding:4px 14px;border:0;color:inherit;text-align:left;vertical-align:baseline;
white-space:nowrap;font-weight:400;line-height:1.5;max-width:none}
& .grid td,& .grid th{padding:4px 8px;font-size:12px}
& .grid th:first-child,& .grid td:first-child{padding-left:14px}
& .grid th:last-child,& .grid td:last-child{padding-right:14px}
& thead th{color:var(--bs-muted)}
& .grid tbody td{border-top:1px solid rgba(128,128,128,.3)}
& .grid tbody tr:hover{background:rgba(128,128,128,.15)}
& .num{text-align:right;font-variant-numeric:tabular-nums}
& .time{font-variant-numeric:tabular-nums}
& caption{caption-side:bottom;padding:6px 14px;border-top:1px solid rgba(128,128,128,.3);text-align:left;
font-size:12px;white-space:nowrap}
& .facts{padding:5px 0;border-top:1px solid rgba(128,128,128,.3);overflow-x:auto}
& .facts table{width:auto}
& .facts th{padding:2px 0 2px 14px;color:var(--bs-muted)}
& .facts td{padding:2px 14px;white-space:normal;overflow-wrap:anywhere;max-width:640px}
& code{padding:0;background:none;color:inherit;font:12px/1.5 var(--jp-code-font-family,ui-monospace,
SFMono-Regular,Menlo,Consolas,monospace)}
& .hint{padding:7px 14px;border-top:1px solid rgba(128,128,128,.3);font-size:12px;line-height:1.8}
& .hint code{padding:1px 5px;border-radius:3px;background:rgba(128,128,128,.15);color:var(--bs-text);
white-space:nowrap}
& .tag{padding:1px 7px;border-radius:9px;background:rgba(128,128,128,.15)}
& .state{white-space:nowrap}
& .state::before{content:"";display:inline-block;width:8px;height:8px;margin-right:6px;border-radius:50%;
background:var(--bs-dot)}
& .meter{height:3px;background:rgba(128,128,128,.15)}
& .meter div{height:100%;background:#3b82d0}
"""


def _style() -> str:
    shared, light, dark = [], [], []
    for name, (jupyter, vscode, in_light, in_dark) in _COLOURS.items():
        shared.append(f"--bs-{name}:var({jupyter},var({vscode},var(--bs-own-{name})));")
        light.append(f"--bs-own-{name}:{in_light};")
        dark.append(f"--bs-own-{name}:{in_dark};")
    states = "".join(f"& .{name}{{--bs-dot:{colour}}}" for name, colour in _STATES.items())
    night = "".join(dark)
    rules = (
        f"&{{{''.join(light)}{''.join(shared)}}}"
        f"@media (prefers-color-scheme:dark){{&{{{night}}}}}"
        f"[theme=dark] &,[data-theme=dark] &{{{night}}}{states}{_RULES}"
    )
    return f"<style>{rules.replace('&', _CARD).replace(chr(10), '')}</style>"


_STYLE = _style()


def card(name: str, summary: str, now: str, *parts: str) -> str:
    """Return a card: what it is, one line about it, how it is now, and what is known of it."""
    head = f'<div class="head"><strong>{name}</strong> <span>{summary}</span> {now}</div>'
    return f'<div class="blocks-sessions">{_STYLE}{head}{"".join(parts)}</div>'


def state(kind: str, label: str) -> str:
    """Return a word with a dot: `good`, `busy`, `warn`, `bad` or `quiet`."""
    return f'<span class="state {kind}">{label}</span>'


def meter(done: int, total: int) -> str:
    """Return a thin bar: how much of all is done."""
    share = min(max(done / total, 0), 1) if total > 0 else 0
    return f'<div class="meter"><div style="width:{share:.1%}"></div></div>'


def facts(rows: "Iterable[tuple[str, str]]") -> str:
    """Return a table of names and what is known of each."""
    body = "".join(f'<tr><th scope="row">{name}</th><td>{html}</td></tr>' for name, html in rows)
    return f'<div class="facts"><table><tbody>{body}</tbody></table></div>'


def grid(columns: "Sequence[tuple[str, str]]", rows: "Iterable[Sequence[str]]", caption: str) -> str:
    """Return a table of many rows; a column is its heading and the class of its cells."""
    kinds = [f' class="{kind}"' if kind else "" for _, kind in columns]
    head = "".join(f"<th{kind}>{name}</th>" for kind, (name, _) in zip(kinds, columns, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
        for row in rows
    )
    below = f"<caption>{caption}</caption>" if caption else ""
    table = f"<table>{below}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide grid">{table}</div>'


def code(source: str) -> str:
    """Return a piece of code that is safe as it is: one of ours."""
    return f"<code>{source}</code>"


def hint(*sentences: str) -> str:
    """Return what can be done next."""
    return f'<div class="hint">{" · ".join(sentences)}</div>'
