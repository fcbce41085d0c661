"""Where the seal's keys lie. Only the worker that signs opens the key; the web reads the roots."""

import secrets
from functools import cache
from pathlib import Path

from django.conf import settings

from reports.signing.keys import (
    KEY_FILE,
    ROOT_FILE,
    MadeKeys,
    SealKey,
    init_keys,
    load_key,
    load_roots,
)

ROOTS_FOLDER = "seal-roots"
PASSPHRASE_FILE = "passphrase"  # noqa: S105 - a file's name


def make_keys() -> MadeKeys:
    """Make a development root and seal key; raises ``KeyFileError`` when there is one already."""
    folder = Path(settings.ASSAY_SIGNING_DIR)
    made = init_keys(folder, _passphrase(folder, make=True), settings.ASSAY_ORGANISATION)
    # The root is public: kept where processes without a key verify, and beyond the key's time.
    kept = Path(settings.VAR_DIR) / ROOTS_FOLDER
    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{made.fingerprint[:16]}.pem").write_bytes(made.root.read_bytes())
    return made


def seal_key() -> SealKey:
    """Open the seal key; outside production a development key is made on first use."""
    folder = Path(settings.ASSAY_SIGNING_DIR)
    if not (folder / KEY_FILE).exists() and not settings.PRODUCTION:
        make_keys()
    return load_key(folder / KEY_FILE, _passphrase(folder, make=False))


def trusted_roots() -> tuple[bytes, ...]:
    """Return the roots that a seal may chain to, today's and earlier ones; none without a key."""
    kept = sorted((Path(settings.VAR_DIR) / ROOTS_FOLDER).glob("*.pem"))
    own = Path(settings.ASSAY_SIGNING_DIR) / ROOT_FILE
    found = [*kept, *([own] if own.exists() else [])]
    return _load(tuple((path, path.stat().st_mtime_ns) for path in found))


@cache
def _load(paths: tuple[tuple[Path, int], ...]) -> tuple[bytes, ...]:
    roots = load_roots(*(path for path, _ in paths))
    return tuple(dict.fromkeys(roots))


def _passphrase(folder: Path, *, make: bool) -> str:
    if settings.ASSAY_SIGNING_PASSPHRASE:
        return str(settings.ASSAY_SIGNING_PASSPHRASE)
    kept = folder / PASSPHRASE_FILE
    if make and not kept.exists() and not settings.PRODUCTION:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24))
    return kept.read_text().strip() if kept.exists() else ""
