"""Cookies and crumb on disk: readable by the owner only, replaced whole, ignored when damaged."""

from __future__ import annotations

import contextlib
import os
import tempfile
from http.cookiejar import Cookie, CookieJar
from pathlib import Path

import msgspec


class SavedCookie(msgspec.Struct):
    """One cookie; `expires` in epoch seconds."""

    name: str
    value: str
    domain: str
    path: str = "/"
    secure: bool = True
    expires: int | None = None


class SavedSession(msgspec.Struct):
    """The file's content; `saved_at` in ns since 1970 UTC."""

    crumb: str
    saved_at: int
    cookies: list[SavedCookie]


def load(file: Path) -> SavedSession | None:
    """What was saved; None where there is nothing or it cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=SavedSession)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def save(file: Path, session: SavedSession) -> None:
    """Replace the file. A disk that cannot be written costs the next start a login, nothing else."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(msgspec.json.encode(session))
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def saved_cookies(jar: CookieJar) -> list[SavedCookie]:
    """The jar's content."""
    return [
        SavedCookie(cookie.name, cookie.value or "", cookie.domain, cookie.path, cookie.secure, cookie.expires)
        for cookie in jar
    ]


def restore(jar: CookieJar, session: SavedSession) -> None:
    """Put saved cookies back."""
    for saved in session.cookies:
        jar.set_cookie(
            Cookie(
                version=0,
                name=saved.name,
                value=saved.value,
                port=None,
                port_specified=False,
                domain=saved.domain,
                domain_specified=saved.domain.startswith("."),
                domain_initial_dot=saved.domain.startswith("."),
                path=saved.path,
                path_specified=True,
                secure=saved.secure,
                expires=saved.expires,
                discard=saved.expires is None,
                comment=None,
                comment_url=None,
                rest={},
            )
        )
