"""Our client against others, side by side, in one run: `make bench`."""
