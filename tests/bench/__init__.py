"""How fast the line is, beside peers that do the same work on the same machine in the same run: `make bench`."""
