import pytest

from reports.signing.keys import KeyFileError, init_keys, load_key, load_roots


def test_a_development_key_says_that_it_is_one(made, key):
    assert "DEVELOPMENT" in made.message
    assert key.development
    assert key.organisation == "Northern Bank"
    assert key.fingerprint == made.fingerprint


def test_key_files_are_encrypted_and_only_the_owner_may_read_them(made):
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert made.key.parent.stat().st_mode & 0o077 == 0
    with pytest.raises(KeyFileError, match="passphrase"):
        load_key(made.key, "wrong")


def test_existing_keys_are_never_overwritten(made):
    before = made.key.read_bytes()
    with pytest.raises(KeyFileError, match="nothing was changed"):
        init_keys(made.key.parent, "other", "Other Bank")
    assert made.key.read_bytes() == before


def test_a_key_that_others_may_read_is_refused(made, tmp_path):
    copy = tmp_path / "seal.p12"
    copy.write_bytes(made.key.read_bytes())
    copy.chmod(0o644)
    with pytest.raises(KeyFileError, match="read by others"):
        load_key(copy, "correct horse")


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(KeyFileError, match=r"seal\.p12"):
        load_key(tmp_path / "seal.p12", "x")


def test_an_empty_passphrase_is_refused(tmp_path):
    with pytest.raises(KeyFileError, match="passphrase"):
        init_keys(tmp_path / "new", "", "Bank")


def test_a_root_that_is_no_certificate_is_named(tmp_path):
    path = tmp_path / "root.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    with pytest.raises(KeyFileError, match=r"root\.pem"):
        load_roots(path)
