"""The object store as one administration sees it."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from lakehouse.storage import ObjectStore
from portal.members import Member

# a person waits
PATIENCE_S = 10


def of(member: Member) -> ObjectStore:
    """The store with the keys of a member's administration: it refuses what is not that administration's.

    Raises:
        LakehouseError: there are no such keys.
    """
    portal = settings.PORTAL
    return _store(portal.s3_endpoint, *portal.keys(member.ags), portal.s3_region)


# connections are kept; other keys, another store
@lru_cache(maxsize=64)
def _store(endpoint: str, access_key: str, secret_key: str, region: str) -> ObjectStore:
    return ObjectStore(endpoint, access_key, secret_key, region, PATIENCE_S)
