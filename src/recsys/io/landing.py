"""Landing files: one load's tables as Parquet, encrypted until `anonymise_feed` has committed and deletes them."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

from recsys.errors import PrivacyError, RunError
from recsys.feed.manifest import FILE_NAME, Manifest, parse_manifest
from recsys.io.sealing import seal, unseal

READ_ROWS = 1 << 16
# What lands beside the rows of a table: the keys of those that its sources have deleted.
DELETIONS = "{}.deleted"
_PURPOSE = "landing"


class _KeyWrapper(pe.KmsClient):  # type: ignore[misc]  # pyarrow ships without types
    """Parquet makes a key of its own for every file; this seals it with the installation's."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        return base64.b64encode(seal(key_bytes, self._key, master_key_identifier))

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        return unseal(base64.b64decode(wrapped_key), self._key, master_key_identifier)


def write_landing(
    home: Path, run_id: str, table_name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch], key: bytes
) -> int:
    """Write the landing file of one table, replacing what a run that was cut off left. Returns its rows."""
    path = _path(home, run_id, table_name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".new")
    n_rows = 0
    encryption = pe.CryptoFactory(lambda _: _KeyWrapper(key)).file_encryption_properties(
        pe.KmsConnectionConfig(), pe.EncryptionConfiguration(footer_key=_PURPOSE, uniform_encryption=True)
    )
    with pq.ParquetWriter(aside, schema, compression="zstd", encryption_properties=encryption) as writer:
        for batch in batches:
            writer.write_batch(batch)
            n_rows += batch.num_rows
    aside.replace(path)
    return n_rows


def read_landing(
    home: Path, run_id: str, table_name: str, key: bytes, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The landed rows of one table in the order of the feed, in batches; nothing where the feed had no such table.

    Raises `RunError` where the run has no landing files.
    """
    path = _path(home, run_id, table_name)
    if not path.parent.exists():
        raise _gone(run_id)
    if not path.exists():
        return
    decryption = pe.CryptoFactory(lambda _: _KeyWrapper(key)).file_decryption_properties(pe.KmsConnectionConfig())
    with pq.ParquetFile(path, decryption_properties=decryption) as file:
        yield from file.iter_batches(batch_size=READ_ROWS, columns=columns and list(columns), use_threads=False)


def write_landed_manifest(home: Path, run_id: str, content: bytes) -> None:
    """Keep the feed's own `feed.toml` (empty where it has none) beside what it declares."""
    path = _folder(home, run_id) / FILE_NAME
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)


def read_landed_manifest(home: Path, run_id: str) -> Manifest:
    """The manifest of a landed feed. Raises `RunError` where the run has no landing files."""
    path = _folder(home, run_id) / FILE_NAME
    if not path.exists():
        raise _gone(run_id)
    return parse_manifest(path.read_bytes())


def mark_complete(home: Path, run_id: str, table_name: str) -> None:
    """Note that the landed rows of a table are all that there are: others were deleted at the source."""
    _marker(home, run_id, table_name).touch(mode=0o600)


def is_complete(home: Path, run_id: str, table_name: str) -> bool:
    """Whether the landed rows of a table are all that there are."""
    return _marker(home, run_id, table_name).exists()


def landed_tables(home: Path, run_id: str) -> list[str]:
    """Names of the tables that have a landing file."""
    return sorted(path.stem for path in _folder(home, run_id).glob("*.parquet"))


def delete_landing(home: Path, run_id: str) -> None:
    """Delete the landing files of one run; those that are gone already are no error.

    Raises `PrivacyError` where files stay: they hold personal data.
    """
    _delete(_folder(home, run_id))


def delete_all_landing(home: Path) -> int:
    """Delete what any run has landed, and return of how many runs. They have to begin anew.

    Raises `PrivacyError` where files stay.
    """
    folders = sorted((home / "landing").glob("*"))
    for folder in folders:
        _delete(folder)
    return len(folders)


def delete_landing_of_others(home: Path, run_id: str) -> None:
    """Delete what earlier runs left: their steps are refused from now on, so nobody else would.

    Raises `PrivacyError` where files stay.
    """
    own = _folder(home, run_id)
    for folder in sorted(own.parent.glob("*")):
        if folder != own:
            _delete(folder)


def _delete(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not folder.exists():
            return
        raise PrivacyError(
            f"The landing files in {folder} cannot be deleted: {error.strerror or error}.",
            remedy="They hold personal data: delete that folder by hand, then run the step again.",
        ) from error


def _gone(run_id: str) -> RunError:
    return RunError(
        f"The landing files of run {run_id} are gone: they are deleted once the feed is anonymised.",
        remedy="Start a new run, or go on with the steps after anonymise_feed.",
    )


def _path(home: Path, run_id: str, table_name: str) -> Path:
    return _folder(home, run_id) / f"{table_name}.parquet"


def _marker(home: Path, run_id: str, table_name: str) -> Path:
    return _folder(home, run_id) / f"{table_name}.complete"


def _folder(home: Path, run_id: str) -> Path:
    # Airflow's run ids hold colons and plus signs.
    return home / "landing" / re.sub(r"[^A-Za-z0-9_.-]", "_", run_id).lstrip(".")
