"""Shared vocabulary and plumbing of the SmartVest lakehouse; knows neither Spark nor Airflow."""
