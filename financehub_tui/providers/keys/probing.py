"""Asks a provider whether it accepts a key, by the cheapest call there is."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.keys.form import KeyForm, Probe
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.kit.failure import status_error
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response


async def probe_key(form: KeyForm, key: Key, *, clock: Clock, host: str = "") -> str:
    """What the provider says of a key, in words. `host` replaces scheme and host of the address asked.

    Raises ProviderError: BAD_KEY where it refuses the key, another reason where it cannot be told.
    """
    probe = form.probe(key.plan)
    if probe is None:
        return "has the right form; this provider is not asked"
    client = HttpClient(
        form.provider,
        host or "{0.scheme}://{0.netloc}".format(urlsplit(probe.url)),
        clock=clock,
        options=HttpOptions(attempts=1),
        inspect=lambda response: _refusal(form, probe, response),
    )
    place = urlsplit(probe.url)
    params = {**dict(parse_qsl(place.query)), **_filled(probe.params, key)}
    try:
        response = await client.get(place.path, params, endpoint="key test", headers=_filled(probe.headers, key))
    finally:
        await client.close()
    return f"accepted (HTTP {response.status})"


def _filled(templates: Mapping[str, str], key: Key) -> dict[str, str]:
    return {name: template.format(*key.parts) for name, template in templates.items()}


def _refusal(form: KeyForm, probe: Probe, response: Response) -> ProviderError | None:
    """BAD_KEY where the answer, of whatever status, says that the key is no good."""
    body = response.body.decode("utf-8", "replace").lower()
    if any(text.lower() in body for text in probe.refusals):
        return ProviderError(form.provider, Reason.BAD_KEY, "the provider does not know this key")
    return status_error(form.provider, response.endpoint, response.status, response.body, signed=True)
