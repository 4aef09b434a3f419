from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recsys.errors import FeedFileError
from recsys.io.public_data import read_berka, read_santander, read_scf


@pytest.mark.parametrize("read", [read_berka, read_scf, read_santander])
def test_a_folder_without_the_data_set_is_told_with_the_files_that_it_should_hold(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    with pytest.raises(FeedFileError) as failure:
        read(tmp_path)
    missing = failure.value.message.removeprefix(f"{tmp_path}/").removesuffix(" does not exist.")
    assert missing in failure.value.remedy
