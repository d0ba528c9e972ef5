"""Own suites, one module per table."""
