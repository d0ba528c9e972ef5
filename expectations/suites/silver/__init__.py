"""Custom suites, one module per feed."""
