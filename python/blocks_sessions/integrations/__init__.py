"""Bridges to other tools, each imported by itself; none is needed by the package."""
