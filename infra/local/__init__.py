"""The embedded stack: MinIO, one Spark Connect server, the demo's feeds and Airflow, all on loopback.

``python -m infra.local up`` starts it; everything it writes is under one state folder.
"""
