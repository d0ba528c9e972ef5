"""Spark's configuration."""
