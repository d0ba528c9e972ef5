"""What the key of each administration opens, on a real MinIO: every verb at every place, and nothing to infer."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest
from minio import Minio, MinioAdmin
from minio.commonconfig import ENABLED
from minio.credentials import Credentials
from minio.credentials.providers import AssumeRoleProvider, StaticProvider
from minio.datatypes import PostPolicy
from minio.error import MinioAdminException
from minio.signer import presign_v4
from minio.time import utcnow
from minio.versioningconfig import VersioningConfig

from infra.local.config import S3_REGION, Stack
from lakehouse import names
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.support.verbs import FILE, VERBS, Place, client, granted, is_granted, laid, refusal

INBOX, ANSWERS = names.INBOX, names.ANSWERS
CITIES = [ags for ags in ADMINISTRATIONS if ags != KREIS]
READ = {"get", "get version", "head", "get by address", "list", "list versions", "copy from"}
WRITE = {"put", "put if new", "put in parts", "put by address", "put with tags", "copy to"}
# to say something else of an object is to copy it upon itself
CHANGE = {"describe"}
# MinIO looks for the object before it asks who may see its tags, whatever the policies say: who guesses a whole key
# learns that something waits there
LOOKED_UP_FIRST = {"read tags", "untag"}
TAKE = {"delete", "delete many", "delete version"}


def neighbour(ags: str) -> str:
    """The next city, so that each one is once the stranger."""
    return CITIES[(CITIES.index(ags) + 1) % len(CITIES)] if ags in CITIES else CITIES[0]


def places(ags: str) -> dict[str, tuple[str, str]]:
    """Bucket and prefix of everything that an administration might want to reach, by what it is to it."""
    return {
        "own inbox": (INBOX, f"{ags}/"),
        "another's inbox": (INBOX, f"{neighbour(ags)}/"),
        "whole inbox": (INBOX, ""),
        "inbox of a longer name": (INBOX, f"{ags}x/"),
        "inbox of a shorter name": (INBOX, f"{ags[:-1]}/"),
        "own answers": (ANSWERS, f"{ags}/"),
        "another's answers": (ANSWERS, f"{neighbour(ags)}/"),
        "whole answers": (ANSWERS, ""),
        "raw": (names.RAW, "vest__strategie/"),
        "lake": (names.LAKE, "silver/"),
        "pages": (names.LAKE, names.PAGES),
        "beside the pages": (names.LAKE, "ops/docsx/"),
        "whole lake": (names.LAKE, ""),
        "releases": (names.RELEASES, "1/"),
        "public": (names.PUBLIC, "files/"),
    }


def expected(ags: str) -> dict[str, set[str]]:
    """What the policies mean to grant, by place."""
    at_all = dict.fromkeys(places(ags), set[str]())
    if ags == KREIS:
        at_all |= {name: READ for name, (bucket, _) in places(ags).items() if bucket in (INBOX, ANSWERS)}
    return at_all | {"own inbox": READ | WRITE | CHANGE, "own answers": READ, "pages": READ}


@pytest.fixture(scope="module")
def root(stack: Stack) -> Minio:
    """Nobody's key: the administrator's, who puts things where a test wants them."""
    return client(stack.s3_endpoint, "root", stack.secrets["minio_root_password"])


def own(stack: Stack, principal: str) -> Minio:
    return client(stack.s3_endpoint, *stack.principals()[principal])


@pytest.mark.parametrize("ags", ADMINISTRATIONS)
def test_an_administration_may_do_at_each_place_what_its_policy_means_and_nothing_else(
    ags: str, stack: Stack, root: Minio
) -> None:
    its, home = own(stack, ags), (INBOX, f"{ags}/home.xlsx")
    root.put_object(*home, io.BytesIO(b"x"), 1)
    found = {name: granted(its, laid(root, *at, home)) for name, at in places(ags).items()}
    assert found == expected(ags)


def test_landing_takes_from_the_inbox_and_answers_and_no_other_role_reaches_either(stack: Stack, root: Minio) -> None:
    home = (names.RAW, "vest__strategie/home.xlsx")
    root.put_object(*home, io.BytesIO(b"x"), 1)
    for role in ("landing", "spark", "publisher", "analyst"):
        its = own(stack, role)
        found = {
            bucket: granted(its, laid(root, bucket, f"{CITIES[0]}/", home)) - {"copy from"}
            for bucket in (INBOX, ANSWERS)
        }
        if role == "landing":
            read = READ - {"copy from"}
            assert found == {INBOX: read | TAKE, ANSWERS: (read | WRITE | CHANGE) - {"list", "list versions"}}
        else:
            assert found == {INBOX: set(), ANSWERS: set()}, role


def test_no_city_reaches_any_other_administration(stack: Stack, root: Minio) -> None:
    for bucket, ags in itertools.product((INBOX, ANSWERS), ADMINISTRATIONS):
        root.put_object(bucket, f"{ags}/{FILE}", io.BytesIO(b"x"), 1)
    reached = {
        (ags, other, bucket, verb)
        for ags in CITIES
        for its in [own(stack, ags)]
        for bucket, other, verb in itertools.product((INBOX, ANSWERS), ADMINISTRATIONS, ("head", "put", "list"))
        if is_granted(partial(VERBS[verb], its, Place(bucket, f"{other}/", f"{other}/{FILE}", None, ("", ""))))
    }
    assert reached == {
        (ags, ags, *what)
        for ags in CITIES
        for what in ((INBOX, "head"), (INBOX, "put"), (INBOX, "list"), (ANSWERS, "head"), (ANSWERS, "list"))
    }


def test_nothing_tells_whether_another_city_s_object_is_there(stack: Stack, root: Minio) -> None:
    its, other = own(stack, CITIES[0]), CITIES[1]
    home = (INBOX, f"{CITIES[0]}/home.xlsx")
    root.put_object(*home, io.BytesIO(b"x"), 1)
    for bucket in (INBOX, ANSWERS):
        there = laid(root, bucket, f"{other}/", home)
        never = "00000000-0000-0000-0000-000000000000"
        missing = Place(bucket, f"{other}/no__feed/", f"{other}/no__feed/2025/x.xlsx", never, home)
        nobody = Place(bucket, "05999999/", "05999999/no__feed/2025/x.xlsx", never, home)
        answers = {
            verb: [refusal(partial(act, its, place)) for place in (there, missing, nobody)]
            for verb, act in VERBS.items()
        }
        assert [verb for verb, said in answers.items() if None in said] == []
        assert {verb for verb, said in answers.items() if len(set(said)) > 1} == LOOKED_UP_FIRST, answers


@pytest.mark.parametrize("prefix", ["", "0", "0556200", CITIES[0], f"{CITIES[0]}x/", CITIES[1], f"{CITIES[1]}/", "*"])
def test_a_city_lists_nothing_but_what_begins_with_its_name_and_a_slash(stack: Stack, prefix: str) -> None:
    its = own(stack, CITIES[0])
    for bucket, recursive in itertools.product((INBOX, ANSWERS), (True, False)):
        assert not is_granted(lambda: list(its.list_objects(bucket, prefix, recursive=recursive))), bucket  # noqa: B023


def forged(address: str, old: str, new: str) -> int:
    """Status of the answer to an address that was made for one key and is used for another."""
    assert old in address
    method = "PUT" if "put" in old else "GET"
    return httpx.request(method, address.replace(old, new), content=b"x" if method == "PUT" else None).status_code


def test_an_address_that_a_city_made_opens_its_own_key_only(stack: Stack, root: Minio) -> None:
    its, (mine, other) = own(stack, CITIES[0]), CITIES[:2]
    for ags, name in itertools.product((mine, other), ("get.xlsx", "put.xlsx")):
        root.put_object(INBOX, f"{ags}/{name}", io.BytesIO(b"kept"), 4)
    reading = its.presigned_get_object(INBOX, f"{mine}/get.xlsx")
    writing = its.presigned_put_object(INBOX, f"{mine}/put.xlsx")
    assert (forged(reading, f"{mine}/get", f"{mine}/get"), forged(writing, f"{mine}/put", f"{mine}/put")) == (200, 200)
    assert forged(reading, f"{mine}/get", f"{other}/get") == 403
    assert forged(writing, f"{mine}/put", f"{other}/put") == 403
    assert root.get_object(INBOX, f"{other}/put.xlsx").data == b"kept"


def posted(stack: Stack, its: Minio, begins_with: str, key: str) -> int:
    """Status of the answer to a form of a web page that was signed with a city's key."""
    policy = PostPolicy(INBOX, utcnow() + timedelta(hours=1))
    policy.add_starts_with_condition("key", begins_with)
    form = {**its.presigned_post_policy(policy), "key": key}
    return httpx.post(f"{stack.s3_endpoint}/{INBOX}", data=form, files={"file": b"x"}).status_code


def test_a_form_that_a_city_signed_puts_nothing_down_for_another(stack: Stack, root: Minio) -> None:
    its, (mine, other) = own(stack, CITIES[0]), CITIES[:2]
    assert posted(stack, its, f"{mine}/", f"{mine}/form.xlsx") == 204
    for begins_with in (f"{mine}/", f"{other}/", ""):
        assert posted(stack, its, begins_with, f"{other}/form.xlsx") == 403, begins_with
    assert [found.object_name for found in root.list_objects(INBOX, f"{other}/form")] == []


@pytest.mark.parametrize("way", ["{mine}/../{other}/x", "{mine}/./../{other}/x", "./{other}/x", "/{other}/x",
    "{mine}//../{other}/x", "{mine}/%2e%2e/{other}/x", "{mine}%2F..%2F{other}%2Fx", "{mine}%5C..%5C{other}%5Cx",
    "{mine}%00/../{other}/x"])  # fmt: skip
def test_no_way_leads_out_of_a_city_s_folder(way: str, stack: Stack, root: Minio) -> None:
    mine, other = CITIES[:2]
    before = keys(root, other)
    path = f"/{INBOX}/{way.format(mine=mine, other=other)}"
    # the store signs a path as it understands it; no client sends such ones
    signed = urlsplit(f"{stack.s3_endpoint}{quote(unquote(path))}")
    address = presign_v4(
        method="PUT",
        url=signed,
        region=S3_REGION,
        credentials=Credentials(*stack.principals()[mine]),
        date=utcnow(),
        expires=600,
    )
    connection = HTTPConnection(signed.netloc)
    connection.request("PUT", f"{path}?{address.query}", b"x")
    answer = connection.getresponse()
    said = answer.read()
    assert answer.status in (400, 403), said
    assert b"SignatureDoesNotMatch" not in said
    connection.close()
    assert keys(root, other) == before


def keys(root: Minio, ags: str) -> list[str | None]:
    return [found.object_name for found in root.list_objects(INBOX, f"{ags}/", recursive=True)]


def of_buckets(its: Minio, bucket: str) -> Iterator[Callable[[], Any]]:
    """Everything that can be asked of a bucket as a whole."""
    yield lambda: its.get_bucket_policy(bucket)
    yield lambda: its.set_bucket_policy(bucket, '{"Version": "2012-10-17", "Statement": []}')
    yield lambda: its.delete_bucket_policy(bucket)
    yield lambda: its.get_bucket_versioning(bucket)
    yield lambda: its.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    yield lambda: its.get_bucket_tags(bucket)
    yield lambda: its.delete_bucket_tags(bucket)
    yield lambda: its.get_bucket_lifecycle(bucket)
    yield lambda: its.delete_bucket_lifecycle(bucket)
    yield lambda: its.get_bucket_notification(bucket)
    yield lambda: its.delete_bucket_notification(bucket)
    yield lambda: its.get_bucket_encryption(bucket)
    yield lambda: its.get_object_lock_config(bucket)
    yield lambda: its.get_bucket_replication(bucket)
    yield lambda: its.remove_bucket(bucket)
    yield lambda: its.make_bucket(f"{bucket}-2")
    # who could listen would hear of every upload
    yield lambda: next(iter(its.listen_bucket_notification(bucket, "", "", ("s3:ObjectCreated:*",))))


@pytest.mark.parametrize("ags", ADMINISTRATIONS)
def test_no_administration_changes_or_watches_a_bucket(ags: str, stack: Stack) -> None:
    its = own(stack, ags)
    for bucket in (INBOX, ANSWERS, names.RAW):
        assert [n for n, act in enumerate(of_buckets(its, bucket)) if is_granted(act)] == [], bucket


@pytest.mark.parametrize("ags", ADMINISTRATIONS)
def test_no_administration_mints_keys_or_administers(ags: str, stack: Stack) -> None:
    access_key, secret_key = stack.principals()[ags]
    address = stack.s3_endpoint.removeprefix("http://")
    its = MinioAdmin(endpoint=address, credentials=StaticProvider(access_key, secret_key), secure=False)
    for act in (
        lambda: its.add_service_account(access_key=f"minted-{ags}", secret_key="minted-secret"),
        lambda: its.list_service_account(neighbour(ags)),
        lambda: its.user_add(neighbour(ags), "somebody-secret"),
        lambda: its.user_info(neighbour(ags)),
        lambda: its.policy_set("kreis", access_key),
        lambda: its.policy_info("city"),
        lambda: its.user_list(),
        lambda: its.info(),
    ):
        with pytest.raises(MinioAdminException, match="AccessDenied"):
            act()


@pytest.mark.parametrize("ags", ADMINISTRATIONS)
def test_a_temporary_key_that_was_derived_from_a_city_s_opens_nothing(ags: str, stack: Stack, root: Minio) -> None:
    access_key, secret_key = stack.principals()[ags]
    made = AssumeRoleProvider(
        sts_endpoint=stack.s3_endpoint, access_key=access_key, secret_key=secret_key, duration_seconds=3600
    ).retrieve()
    its = client(stack.s3_endpoint, made.access_key, made.secret_key, made.session_token)
    place = laid(root, INBOX, f"{ags}/", (INBOX, f"{ags}/home.xlsx"))
    assert {verb for verb in ("get", "list", "put") if is_granted(partial(VERBS[verb], its, place))} == set()
