"""HTML for notebooks: one look for clients, listings, pages, sessions and reports.

Everything that was sent is escaped and cut; the colours are the notebook's own, light or dark.
"""

from blocks_sessions.display.client import client_html
from blocks_sessions.display.listing import any_report_html, dataset_html, listing_html, report_html
from blocks_sessions.display.page import list_html, page_html, session_html

__all__ = [
    "any_report_html",
    "client_html",
    "dataset_html",
    "list_html",
    "listing_html",
    "page_html",
    "report_html",
    "session_html",
]
