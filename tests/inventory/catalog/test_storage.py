"""Bytes by their digest: whole or not there, one copy, told when they change."""

import hashlib
import io
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from moto.server import ThreadedMotoServer

from governance.kernel.errors import Missing
from inventory.catalog import storage, uploads
from inventory.catalog.uploads import require_within_cap
from tests.factories import catalog as made

CONTENT = b"one blob " * 1000


def _keep(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    storage.keep(SimpleUploadedFile("a", content), digest)
    return digest


def test_blob_comes_back_as_it_went():
    digest = _keep(CONTENT)
    with storage.local_blob(digest) as file:
        assert file.read() == CONTENT
        assert file.fileno() > 0


def test_blob_that_is_there_is_left_alone():
    digest = _keep(CONTENT)
    path = Path(default_storage.path(storage.blob_name(digest)))
    before = path.stat().st_mtime_ns, path.stat().st_ino
    _keep(CONTENT)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_half_written_blob_is_never_seen(monkeypatch):
    content = b"cut" + os.urandom(20)
    digest = hashlib.sha256(content).hexdigest()

    class Broken(SimpleUploadedFile):
        def read(self, *_: int) -> bytes:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        storage.keep(Broken("a", content), digest)
    folder = Path(default_storage.path(storage.blob_name(digest))).parent
    assert list(folder.iterdir()) == []
    assert _keep(content) == digest


def test_changed_blob_is_not_handed_out():
    digest = _keep(b"was this " * 99)
    path = Path(default_storage.path(storage.blob_name(digest)))
    path.chmod(0o640)
    path.write_bytes(b"now that " * 99)
    with pytest.raises(storage.BlobDamagedError), storage.local_blob(digest):
        pass
    path.unlink()


def test_absent_blob_is_missing():
    with pytest.raises(Missing):
        storage.open_blob("0" * 64)


@pytest.fixture
def bucket(monkeypatch):
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "tests")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="blobs")
    backend = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "blobs",
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "file_overwrite": True,
        },
    }
    kept = {**storages.backends, "default": backend}
    with override_settings(STORAGES=kept):
        yield urlsplit(endpoint)
    server.stop()


def test_blob_goes_to_an_object_store_and_comes_back_with_a_descriptor(bucket):
    digest = _keep(CONTENT)
    _keep(CONTENT)
    with storage.local_blob(digest) as file:
        assert file.read() == CONTENT
        assert os.fstat(file.fileno()).st_size == len(CONTENT)
    with pytest.raises(Missing):
        storage.open_blob("0" * 64).read()


def test_upload_is_hashed_on_the_way_and_cut_off_at_the_cap(settings, rf):
    settings.FILE_UPLOAD_HANDLERS = ["inventory.catalog.uploads.HashingUploadHandler"]
    request = rf.post("/", {"file": SimpleUploadedFile("a.bin", CONTENT)})
    received = request.FILES["file"]
    assert received.sha256 == hashlib.sha256(CONTENT).hexdigest()
    require_within_cap(received)
    settings.ASSAY_MAX_UPLOAD_BYTES = 100
    late = rf.post("/", {"file": SimpleUploadedFile("a.bin", CONTENT)}).FILES["file"]
    assert late.beyond_cap
    assert Path(late.temporary_file_path()).stat().st_size <= 100


def test_a_stranger_cannot_fill_the_disk_with_many_files(rf, monkeypatch):
    monkeypatch.setattr(uploads, "STRANGERS_BYTES", 1000)
    files = {f"file{n}": SimpleUploadedFile(f"{n}.bin", b"x" * 600) for n in range(3)}
    request = rf.post("/reports/verify/", files)
    request.user = AnonymousUser()
    received = list(request.FILES.values())
    assert [file.beyond_cap for file in received] == [False, True, True]
    assert sum(Path(file.temporary_file_path()).stat().st_size for file in received) == 600


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "credentials"),
    [
        ("/reports/verify/", "Bearer assay_nobody"),
        ("/api/v1/reports/verify/", "Basic bm9ib2R5"),
        ("/api/v1/reports/verify/", ""),
    ],
)
def test_a_stranger_gets_no_more_room_by_sending_credentials_that_nobody_checks(
    client, monkeypatch, place, credentials
):
    monkeypatch.setattr(uploads, "STRANGERS_BYTES", 1000)
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post(
        place,
        {"file": SimpleUploadedFile("a.pdf", b"x" * 2000)},
        headers={"Authorization": credentials},
    )
    assert answer.status_code in {413, 422}


@pytest.mark.django_db
def test_file_beyond_the_cap_is_told_on_the_page_and_over_the_api(settings, client):
    from django.urls import reverse

    from governance.access.kinds import Role
    from tests.factories import access

    team = access.team()
    owner = access.person(Role.MODEL_OWNER, Role.DEVELOPER, team=team)
    settings.ASSAY_MAX_UPLOAD_BYTES = 1024 * 1024
    big = io.BytesIO(b"a,b\n" + b"1,2\n" * 400_000).getvalue()
    body = {"team": team.pk, "name": "D", "sensitivity": "internal", "role": "train"}
    place = reverse("catalog:dataset-upload")
    page = access.signed_in(client, owner).post(
        place, body | {"file": SimpleUploadedFile("a", big)}
    )
    assert page.status_code == 422
    assert "at most 1 MB" in page.content.decode()
    api = access.api_client(owner)
    artifact = {"team": team.slug, "file": SimpleUploadedFile("a", big)}
    told = api.post("/api/v1/artifacts/", artifact, format="multipart")
    assert told.status_code == 413
    assert made.Artifact.objects.count() == 0
