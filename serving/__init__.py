"""Serves releases from PostgreSQL, for tools that speak ODBC or JDBC: a schema per release, and one that follows."""
