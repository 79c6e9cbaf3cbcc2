"""Where files live. `FINANCEHUB_HOME` moves everything under one folder."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """The folders and files of one installation."""

    config: Path
    """Folder of `config.toml` and user themes."""
    data: Path
    """Folder of the database."""
    cache: Path
    logs: Path

    @property
    def config_file(self) -> Path:
        """The settings file."""
        return self.config / "config.toml"

    @property
    def database(self) -> Path:
        """The embedded database of live mode."""
        return self.data / "financehub.duckdb"

    @property
    def demo_database(self) -> Path:
        """What a user keeps while in a demo: lists, layouts, typed lines; no market data."""
        return self.data / "demo.duckdb"

    @property
    def log_file(self) -> Path:
        """The structured log."""
        return self.logs / "financehub.log"

    @property
    def themes(self) -> Path:
        """Folder of the user's own theme files."""
        return self.config / "themes"


def find_paths() -> Paths:
    """Paths from `FINANCEHUB_HOME`, else the platform's own folders. Touches no file."""
    home = os.environ.get("FINANCEHUB_HOME")
    if home:
        root = Path(home).expanduser()
        return Paths(config=root / "config", data=root / "data", cache=root / "cache", logs=root / "logs")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("financehub", appauthor=False)
    return Paths(
        config=Path(dirs.user_config_dir),
        data=Path(dirs.user_data_dir),
        cache=Path(dirs.user_cache_dir),
        logs=Path(dirs.user_log_dir),
    )


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner can read. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    return folder


def write_private(path: Path, content: str | bytes) -> None:
    """Replace a file by one that only its owner can read, all or nothing; text as UTF-8. Raises OSError."""
    private_folder(path.parent)
    draft = path.with_name(f".{path.name[:100]}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
