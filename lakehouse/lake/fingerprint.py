"""Fingerprint of code: equal bytes, equal fingerprint."""

from __future__ import annotations

import hashlib
from pathlib import Path


def fingerprint(*folders: Path) -> str:
    """SHA-256 over the names and bytes of all files below some folders, generated ones left out."""
    digest = hashlib.sha256()
    generated = {"target", "logs", "__pycache__", "dbt_packages"}
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            relative = path.relative_to(folder)
            if not generated.intersection(relative.parts) and not relative.name.startswith("."):
                digest.update(f"{relative}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
