"""Every error of ours: typed, one line for the screen, what comes next."""

from __future__ import annotations

from financehub_tui.market.provenance import Missing, Reason


class FinanceHubError(Exception):
    """Base of all errors of ours. `str()` is one line for the screen; `hint` says what the user can do."""

    hint: str = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or self.hint


class ConfigError(FinanceHubError):
    """A setting is wrong; the message names file and key."""


class CommandError(FinanceHubError):
    """A command line could not be understood; `suggestions` are lines that could be."""

    def __init__(self, message: str, hint: str = "", suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.suggestions = suggestions


class DataMissingError(FinanceHubError):
    """The data asked for is not there; `missing` says why."""

    def __init__(self, missing: Missing) -> None:
        super().__init__(str(missing))
        self.missing = missing


class ProviderError(FinanceHubError):
    """A provider failed. `reason` types it, `retry_at` (ns since 1970 UTC) says when a retry makes sense."""

    def __init__(
        self,
        provider: str,
        reason: Reason,
        detail: str,
        *,
        endpoint: str = "",
        field: str = "",
        retry_at: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(f"{provider}: {detail}")
        self.provider = provider
        self.reason = reason
        self.detail = detail
        self.endpoint = endpoint
        self.field = field
        self.retry_at = retry_at
        self.status = status

    def missing(self) -> Missing:
        """The typed reason a caller shows in place of the value."""
        return Missing(reason=self.reason, detail=str(self), retry_at=self.retry_at)


class StoreError(FinanceHubError):
    """The local database or a file could not be read or written."""


class StoreLockedError(StoreError):
    """Another process has the database open."""


class RowsLostError(StoreError):
    """The program ends, and what waited to be stored could not be written."""

    def __init__(self, rows: int, cause: FinanceHubError) -> None:
        what = "1 row" if rows == 1 else f"{rows:,} rows"
        super().__init__(f"{what} could not be stored, lost at the end: {cause}", cause.hint)
