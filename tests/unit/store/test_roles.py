"""What each role's key may do, on a real MinIO."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from io import BytesIO

import pytest
from minio import Minio, MinioAdmin
from minio.credentials.providers import AssumeRoleProvider, StaticProvider
from minio.error import MinioAdminException, S3Error
from minio.versioningconfig import SUSPENDED, VersioningConfig

from infra.local import config
from infra.local.config import ROLES, Stack
from lakehouse import names
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore
from tests.support import verbs
from tests.support.minio import provisioned

RAW, LAKE, RELEASES, PUBLIC = names.RAW, names.LAKE, names.RELEASES, names.PUBLIC
DELIVERY, UPLINKS, LEASE, FETCH, LEDGER = (
    (RAW, "f/d/x"),
    (RAW, "lorawan__uplink/d/x"),
    (LAKE, "lease/f.json"),
    (LAKE, "ops/fetches/f/x"),
    (LAKE, "ops/ledger/x"),
)
SILVER, MART, REPORT, OPEN = (
    (LAKE, "silver/f/x"),
    (LAKE, "marts/m/x"),
    (LAKE, "publications/1.json"),
    (PUBLIC, "files/x"),
)
PAGE = (LAKE, names.suite_page("silver.f"))
MANIFEST, POINTER = (RELEASES, "1/manifest.json"), (RELEASES, "current.json")
# the object that once stopped every build
STRAY = (RELEASES, "9999/publication.json")
PLACES = {DELIVERY, UPLINKS, LEASE, FETCH, LEDGER, SILVER, MART, REPORT, OPEN, PAGE, MANIFEST, POINTER, STRAY}
# what is published may be read by anybody who shows no key
READS = {
    "landing": {DELIVERY, UPLINKS, LEASE, FETCH, LEDGER, PAGE},
    "spark": PLACES - {OPEN},
    "publisher": {MART, REPORT, OPEN, MANIFEST, POINTER, STRAY},
    "analyst": {MART, MANIFEST, POINTER, STRAY},
    "bridge": set(),
}
WRITES = {
    "landing": {DELIVERY, UPLINKS, LEASE, FETCH},
    "spark": {LEDGER, SILVER, MART, PAGE, MANIFEST, POINTER, STRAY},
    "publisher": {REPORT, OPEN},
    "analyst": set(),
    "bridge": {UPLINKS},
}
DELETES = {
    "landing": {LEASE},
    "spark": {LEDGER, SILVER, MART, PAGE},
    "publisher": set(),
    "analyst": set(),
    "bridge": set(),
}


# bucket and prefix to what the analyst's key may do there
READ_ONLY = {"get", "get version", "head", "get by address", "list", "list versions"}
NEIGHBOURS = (
    (LAKE, ""), (LAKE, "martsx/"), (LAKE, "mart"), (LAKE, "silver/f/"), (LAKE, "quarantine/f/"), (LAKE, "ops/docs/"),
    (LAKE, "ops/ledger/"), (LAKE, "publications/"), (LAKE, "lease/"), (RAW, ""), (RAW, "f/"), (names.INBOX, ""),
    (names.ANSWERS, ""), (PUBLIC, ""), (PUBLIC, "files/"),
)  # fmt: skip
RELEASED = ((LAKE, "marts/m/"), (LAKE, "marts/"), (RELEASES, "1/"), (RELEASES, ""))
ANALYST = dict.fromkeys(NEIGHBOURS, set[str]()) | dict.fromkeys(RELEASED, READ_ONLY)


def allowed(act: Callable[[], object]) -> bool:
    try:
        act()
    except S3Error as error:
        assert error.code == "AccessDenied", error
        return False
    return True


def client(stack: Stack, access_key: str, secret_key: str, token: str | None = None) -> Minio:
    address = stack.s3_endpoint.removeprefix("http://")
    keys = StaticProvider(access_key, secret_key, token)
    # named, because not every role may ask for it
    return Minio(endpoint=address, credentials=keys, secure=False, region=config.S3_REGION)


def admin(stack: Stack, access_key: str, secret_key: str) -> MinioAdmin:
    """MinIO's administration with any key."""
    address = stack.s3_endpoint.removeprefix("http://")
    return MinioAdmin(endpoint=address, credentials=StaticProvider(access_key, secret_key), secure=False)


def _use(found: Minio, role: str) -> None:
    """Does what the role may do: the bridge only writes."""
    if role == "bridge":
        found.put_object(*UPLINKS, BytesIO(b"x"), 1)
        return
    bucket, prefix = (RAW, "") if role == "landing" else (LAKE, "marts/")
    list(found.list_objects(bucket, prefix))


@pytest.fixture
def root(stack: Stack) -> ObjectStore:
    """Nobody's role: the administrator, who puts things where a test wants them."""
    return ObjectStore(stack.s3_endpoint, "root", stack.secrets["minio_root_password"], config.S3_REGION)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reads_writes_and_deletes_its_own_places_only(
    role: str, settings: Settings, root: ObjectStore
) -> None:
    store = ObjectStore.for_role(settings, role)
    for bucket, key in PLACES:
        root.put(bucket, key, b"x")
    assert {place for place in PLACES if allowed(partial(store.get, *place))} == READS[role]
    assert {place for place in PLACES if allowed(partial(store.put, *place, b"y"))} == WRITES[role]
    assert {place for place in PLACES if allowed(partial(store.delete, *place))} == DELETES[role]


def test_the_analyst_reads_marts_and_releases_and_may_do_nothing_else_anywhere(stack: Stack) -> None:
    its, root = (
        verbs.client(stack.s3_endpoint, *keys)
        for keys in (stack.principals()["analyst"], ("root", stack.secrets["minio_root_password"]))
    )
    root.put_object(*MART, BytesIO(b"x"), 1)
    found = {at: verbs.granted(its, verbs.laid(root, *at, home=MART)) for at in ANALYST}
    assert found == ANALYST
    assert {bucket.name for bucket in its.list_buckets()} == {LAKE, RELEASES}
    for act in (
        lambda: its.make_bucket("mine"),
        lambda: its.remove_bucket(LAKE),
        lambda: its.get_bucket_policy(PUBLIC),
        lambda: its.set_bucket_policy(LAKE, root.get_bucket_policy(PUBLIC)),
        lambda: its.get_bucket_versioning(RELEASES),
        lambda: its.set_bucket_versioning(RELEASES, VersioningConfig(SUSPENDED)),
        lambda: its.delete_bucket_lifecycle(LAKE),
        lambda: its.delete_bucket_notification(LAKE),
    ):
        assert not allowed(act)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_read_and_is_not_there_is_missing_and_not_forbidden(role: str, settings: Settings) -> None:
    store = ObjectStore.for_role(settings, role)
    assert [place for place in READS[role] if store.get_with_etag(place[0], f"{place[1]}-missing") is not None] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_role_can_mint_keys_or_administer(role: str, stack: Stack) -> None:
    access_key, secret_key = stack.principals()[role]
    its = admin(stack, access_key, secret_key)
    for act in (
        lambda: its.add_service_account(access_key=f"minted-{role}", secret_key="minted-secret"),
        lambda: its.user_add("somebody", "somebody-secret"),
        lambda: its.user_add(access_key, secret_key),
        lambda: its.policy_set("consoleAdmin", access_key),
        lambda: its.user_list(),
        lambda: its.info(),
    ):
        with pytest.raises(MinioAdminException, match="AccessDenied"):
            act()


@pytest.mark.parametrize("role", ROLES)
def test_a_key_that_was_derived_from_a_role_opens_nothing(role: str, stack: Stack) -> None:
    access_key, secret_key = stack.principals()[role]
    # MinIO has no policy action that forbids to ask for temporary keys, which last up to a year
    temporary = AssumeRoleProvider(
        sts_endpoint=stack.s3_endpoint, access_key=access_key, secret_key=secret_key, duration_seconds=3600
    ).retrieve()
    # as one that was minted before the policy forbade it
    root = admin(stack, "root", stack.secrets["minio_root_password"])
    root.policy_set(role, user=access_key)
    admin(stack, access_key, secret_key).add_service_account(access_key=f"old-{role}", secret_key="old-secret")
    opened = {
        "temporary": client(stack, temporary.access_key, temporary.secret_key, temporary.session_token),
        "minted": client(stack, f"old-{role}", "old-secret"),
    }
    for found in opened.values():
        _use(found, role)
    provisioned(stack)
    for name, found in opened.items():
        assert not allowed(partial(_use, found, role)), name
    _use(client(stack, access_key, secret_key), role)


def test_a_changed_secret_is_taken_over_and_the_old_one_ends(stack: Stack, settings: Settings) -> None:
    old = ObjectStore.for_role(settings, "spark")
    old.put(*SILVER, b"x")
    file = stack.state / "stack.json"
    kept = json.loads(file.read_text("utf-8"))
    del kept["secrets"]["spark_secret_key"]
    file.write_text(json.dumps(kept), "utf-8")
    rotated = config.load()
    assert [name for name, secret in stack.secrets.items() if rotated.secrets[name] != secret] == ["spark_secret_key"]
    try:
        config.write(rotated)
        provisioned(rotated)
        with pytest.raises(S3Error) as error:
            old.get(*SILVER)
        assert error.value.code == "SignatureDoesNotMatch"
        # the same settings object: keys are read when they are asked for
        assert ObjectStore.for_role(settings, "spark").get(*SILVER) == b"x"
    finally:
        config.write(stack)
        provisioned(stack)


def test_an_overwritten_manifest_keeps_its_earlier_version(settings: Settings, stack: Stack) -> None:
    spark = ObjectStore.for_role(settings, "spark")
    for body in (b"first", b"second"):
        spark.put(RELEASES, "77/manifest.json", body)
    root = client(stack, "root", stack.secrets["minio_root_password"])
    versions = list(root.list_objects(RELEASES, "77/", include_version=True))
    assert len(versions) == 2
    own = client(stack, *stack.principals()["spark"])
    for version in versions:
        assert version.object_name is not None
        with pytest.raises(S3Error, match="AccessDenied"):
            own.remove_object(RELEASES, version.object_name, version_id=version.version_id)
