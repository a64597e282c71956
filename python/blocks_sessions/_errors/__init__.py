"""The classes of `blocks_sessions.exceptions`, which is where they are imported from."""
