"""Which keyring is used: the operating system's, one the user named, or an encrypted file the user asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from financehub_tui.config import KeySettings
from financehub_tui.errors import ConfigError, StoreError
from financehub_tui.paths import find_paths, private_folder
from financehub_tui.providers.keys.environment import UNLOCKING
from financehub_tui.providers.keys.vault import Vault
from financehub_tui.redaction import hide, redacted

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

EXTRA = "keyrings.cryptfile"
_FILES = ("keyrings.alt", "keyrings.cryptfile")
Ask = Callable[[str], str]
"""Asks the user for a passphrase with a prompt, unseen."""


def open_vault(settings: KeySettings, ask: Ask | None = None) -> Vault | None:
    """The keyring to use; None where there is none here or the user wants variables only.

    `ask` is called for the passphrase of the encrypted file where no variable holds it. Raises ConfigError.
    """
    if settings.store == "environment":
        return None
    if settings.store == "file":
        return Vault(_file_backend(settings, ask), "file")
    backend = system_backend()
    return Vault(backend) if backend is not None else None


def system_backend() -> KeyringBackend | None:
    """The operating system's keyring, or the one the user named to the keyring library; None where there is none.

    Backends that merely happen to be installed and write files are passed over: a file is used when asked for.
    Raises ConfigError where the one that is named or found cannot be loaded.
    """
    if _surely_none():
        return None
    import keyring
    from keyring import core
    from keyring.backends.chainer import ChainerBackend

    try:
        backend = keyring.get_keyring()
        if os.environ.get("PYTHON_KEYRING_BACKEND") or core.load_config() is not None:
            return backend if backend.priority > 0 else None
        candidates = backend.backends if isinstance(backend, ChainerBackend) else [backend]
        return next((one for one in candidates if one.priority > 0 and not _writes_files(one)), None)
    except Exception as error:  # backends raise what they like when they are loaded
        named = os.environ.get("PYTHON_KEYRING_BACKEND")
        which = f"The keyring {named} (PYTHON_KEYRING_BACKEND)" if named else "The keyring of this system"
        said = redacted(" ".join(str(error).split()))[:160] or "no reason given"
        hint = "Name another one, or set keys.store = file or environment."
        raise ConfigError(f"{which} cannot be used: {type(error).__name__}: {said}", hint) from None


def _surely_none() -> bool:
    """True where the library would find nothing, told without loading all its backends, which takes longer than the
    rest of a short run: on a Linux without a session bus, where nobody has named or installed another backend."""
    from importlib.metadata import entry_points

    if sys.platform != "linux" or "keyring" in sys.modules:
        return False
    bus = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "bus"
    if os.environ.get("PYTHON_KEYRING_BACKEND") or os.environ.get("DBUS_SESSION_BUS_ADDRESS") or bus.exists():
        return False
    folders = (os.environ.get("XDG_CONFIG_HOME") or "~/.config", os.environ.get("XDG_DATA_HOME") or "~/.local/share")
    configured = any((Path(folder).expanduser() / "python_keyring" / "keyringrc.cfg").exists() for folder in folders)
    backends = entry_points(group="keyring.backends")
    return not configured and all(point.value.startswith(("keyring.", *_FILES)) for point in backends)


def _writes_files(backend: KeyringBackend) -> bool:
    return type(backend).__module__.startswith(_FILES)


def _file_backend(settings: KeySettings, ask: Ask | None) -> KeyringBackend:
    """The encrypted file, unlocked; made where there is none yet. Raises ConfigError, StoreError."""
    try:
        backend: Any = import_module("keyrings.cryptfile.cryptfile").CryptFileKeyring()
    except ImportError as error:
        hint = f"pip install {EXTRA}"
        raise ConfigError(f"keys.store = file needs the package {EXTRA}", hint) from error
    file = Path(settings.file).expanduser() if settings.file else find_paths().data / "keys.cfg"
    passphrase = _passphrase(file, ask)
    try:
        private_folder(file.parent)
        backend.file_path = str(file)
        backend.keyring_key = passphrase
    except ValueError:
        raise ConfigError(f"That passphrase does not open {file}", f"Is {UNLOCKING} set, and right?") from None
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error}") from None
    return cast("KeyringBackend", backend)


def _passphrase(file: Path, ask: Ask | None) -> str:
    given = os.environ.get(UNLOCKING) or (_typed(file, ask) if ask else "")
    if not given.strip():
        raise ConfigError(f"The key file {file} is locked", f"Give its passphrase in {UNLOCKING}.")
    hide(given)
    return given


def _typed(file: Path, ask: Ask) -> str:
    """A passphrase from the user: twice where it is a new one, which a slip would lose for ever."""
    if file.exists():
        return ask(f"Passphrase of {file}: ")
    given = ask(f"{file} will be encrypted. Its passphrase from now on: ")
    if given.strip() and ask("The same once more: ") != given:
        raise ConfigError("The two passphrases are not the same", "Nothing was stored.")
    return given
