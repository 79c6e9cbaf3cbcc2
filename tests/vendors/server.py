"""A local HTTP and WebSocket server that plays a vendor, counts what it is asked, and misbehaves when told.

    async with VendorServer() as vendor:
        vendor.serve("/api/v3/time", {"serverTime": 1})
        vendor.misbehave("/api/v3/time", status(429, retry_after=1), reset())
        ... client against vendor.url ...
        assert vendor.count("/api/v3/time") == 3

Faults are used up one request each, in order; `times` repeats them. What is left over is a test's mistake to look for.
Those of the path `ANY` meet whatever is asked. What goes wrong on streams is in `vendors.disturbances`.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from vendors.disturbances import Disturbance, undisturbed
from vendors.meter import Meter

Handler = Callable[[web.Request], Awaitable[web.StreamResponse] | web.StreamResponse]
Fault = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
SocketHandler = Callable[["VendorSocket"], Awaitable[None]]

JSON = "application/json"
ANY = "*"
"""In place of a path: every path that has no faults of its own."""
HTML = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Just a moment...</h1></body></html>"


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class VendorSocket:
    """One accepted WebSocket."""

    request: web.Request
    ws: web.WebSocketResponse
    server: VendorServer
    received: list[Any] = field(default_factory=list)
    aborted: bool = False

    async def send(self, frame: str | bytes | dict[str, Any] | list[Any]) -> None:
        """Send text as it is, bytes as a binary frame, anything else as JSON; a closed socket is no error."""
        written = frame if isinstance(frame, str | bytes) else json.dumps(frame)
        for out in self.server.disturbance(written):
            if self.ws.closed:
                return
            try:
                await (self.ws.send_bytes(out) if isinstance(out, bytes) else self.ws.send_str(out))
            except (ConnectionError, RuntimeError):
                return

    async def close(self, code: int = WSCloseCode.GOING_AWAY, reason: str = "") -> None:
        await self.ws.close(code=code, message=reason.encode())

    def abort(self) -> None:
        """Reset the connection without a closing handshake."""
        self.aborted = True
        if self.request.transport is not None:
            self.request.transport.abort()

    async def messages(self) -> Any:
        """What the client sends, parsed where it is JSON."""
        async for message in self.ws:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            try:
                value = json.loads(message.data)
            except ValueError:
                value = message.data
            self.received.append(value)
            yield value


class VendorServer:
    """Serves on 127.0.0.1, any free port."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.sockets: list[VendorSocket] = []
        self.refuse_sockets = 0
        """How many of the next WebSocket handshakes are answered with 503."""
        self.hang_ups = 0
        """How many of the next WebSockets are reset as soon as they are open."""
        self.disturbance: Disturbance = undisturbed
        """What becomes of every frame sent on any socket."""
        self.meter: Meter | None = None
        """Counts what is asked against the vendor's own limits."""
        self._handlers: dict[str, Handler] = {}
        self._folders: dict[str, Handler] = {}
        self._socket_handlers: dict[str, SocketHandler] = {}
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self) -> VendorServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{tail:.*}", self._dispatch)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every socket and stop listening; `start(port)` brings it back on the same address."""
        for socket in self.sockets:
            if not socket.ws.closed:
                socket.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def serve(
        self,
        path: str,
        body: Any,
        *,
        status: int = 200,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer a path with bytes or text as they are, or a value as JSON, or whatever a handler returns."""
        if callable(body):
            self._handlers[path] = body
            return
        data = (
            body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        )
        extra = dict(headers or {})

        async def handler(_: web.Request) -> web.Response:
            return web.Response(body=data, status=status, content_type=content_type, headers=extra)

        self._handlers[path] = handler

    def serve_below(self, folder: str, handler: Handler) -> None:
        """Answer every path that begins so and is not served by itself."""
        self._folders[folder] = handler

    def serve_socket(self, path: str, handler: SocketHandler) -> None:
        self._socket_handlers[path] = handler

    def misbehave(self, path: str, *faults: Fault, times: int = 1) -> None:
        """Queue faults for the next requests of a path."""
        for _ in range(times):
            self._faults[path].extend(faults)

    def behave(self) -> None:
        """Forget queued faults, and leave streams alone."""
        self._faults.clear()
        self.refuse_sockets = self.hang_ups = 0
        self.disturbance = undisturbed

    def count(self, path: str | None = None) -> int:
        """Requests so far."""
        return sum(1 for seen in self.seen if path is None or seen.path == path)

    def open_sockets(self) -> list[VendorSocket]:
        return [socket for socket in self.sockets if not socket.ws.closed and not socket.aborted]

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(
            request.method, request.path, dict(request.query), dict(request.headers.items()), await request.read()
        )
        self.seen.append(seen)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._accept(request)
        if self.meter is not None:
            self.meter.came(seen.path, seen.query, request.headers)
        handler = self._handlers.get(request.path) or self._folder(request.path)
        faults = self._faults[request.path] or self._faults[ANY]
        if faults:
            return await faults.popleft()(request, handler)
        return await _answer(handler, request)

    def _folder(self, path: str) -> Handler:
        return next((handler for folder, handler in self._folders.items() if path.startswith(folder)), _not_found)

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_sockets > 0:
            self.refuse_sockets -= 1
            return web.Response(status=503)
        handler = self._socket_handlers.get(request.path)
        if handler is None:
            return web.Response(status=404)
        ws = web.WebSocketResponse(autoping=True, max_msg_size=0)
        await ws.prepare(request)
        socket = VendorSocket(request, ws, self)
        self.sockets.append(socket)
        if self.hang_ups > 0:
            self.hang_ups -= 1
            socket.abort()
        await handler(socket)
        await ws.close()
        return ws


async def _answer(handler: Handler, request: web.Request) -> web.StreamResponse:
    result = handler(request)
    return await result if isinstance(result, Awaitable) else result


async def _not_found(_: web.Request) -> web.StreamResponse:
    return web.Response(status=404, text="not found")


def status(code: int, body: Any = b"", *, retry_after: float | str | None = None, **headers: str) -> Fault:
    """Answer with a status, optionally saying when to come back; keyword `x_reset="5"` is header `x-reset`."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    if retry_after is not None:
        extra["Retry-After"] = str(retry_after)

    async def fault(_: web.Request, __: Handler) -> web.StreamResponse:
        return web.Response(status=code, body=data, content_type=JSON, headers=extra)

    return fault


def body(data: Any, content_type: str = JSON) -> Fault:
    """Answer 200 with something else: an error text, nulls, wrong types, nothing."""
    payload = data if isinstance(data, bytes) else json.dumps(data).encode()

    async def fault(_: web.Request, __: Handler) -> web.StreamResponse:
        return web.Response(body=payload, content_type=content_type)

    return fault


def html() -> Fault:
    """A challenge page in place of JSON."""
    return body(HTML, "text/html")


def redirect(to: str) -> Fault:
    async def fault(_: web.Request, __: Handler) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": to})

    return fault


def edited(change: Callable[[bytes], bytes], content_type: str = JSON, **headers: str) -> Fault:
    """The right answer, changed on its way; keyword `content_encoding="gzip"` is header `content-encoding`."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}

    async def fault(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await _answer(handler, request)
        assert isinstance(answer, web.Response) and isinstance(answer.body, bytes)
        return web.Response(body=change(answer.body), content_type=content_type, headers=extra)

    return fault


def replaced(old: bytes, new: bytes) -> Fault:
    """The right answer with one piece in place of another, wherever it stands."""
    return edited(lambda data: data.replace(old, new))


def passed() -> Fault:
    """No fault: the right answer, for faults that begin with a later call."""
    return edited(lambda data: data)


def mistyped(content_type: str = "text/html") -> Fault:
    """The right answer under the wrong content type."""
    return edited(lambda data: data, content_type)


def not_compressed() -> Fault:
    """The right answer, said to be compressed, which it is not."""
    return edited(lambda data: data, content_encoding="gzip")


def without_network(host: str = "no-such-host.invalid") -> Fault:
    """Sent on to a host whose name does not resolve."""
    return redirect(f"http://{host}/")


def without_tls(server: VendorServer) -> Fault:
    """Sent on to a port that does not speak TLS, as TLS."""
    return redirect(f"https://127.0.0.1:{server.port}/")


def cut_json() -> Fault:
    """Half of the right body, with a correct length: invalid JSON."""
    return edited(lambda data: data[: len(data) // 2])


def truncated() -> Fault:
    """Promises a length, sends less, and hangs up."""

    async def fault(request: web.Request, _: Handler) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100000", "Content-Type": JSON})
        await response.prepare(request)
        await response.write(b'{"partial": [1, 2')
        assert request.transport is not None
        request.transport.close()
        return response

    return fault


async def _hold(request: web.Request, seconds: float) -> None:
    """Wait, but not for a client that has gone."""
    ends = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends:
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.005)


def slow_first_byte(seconds: float) -> Fault:
    async def fault(request: web.Request, handler: Handler) -> web.StreamResponse:
        await _hold(request, seconds)
        return await _answer(handler, request)

    return fault


def stalled(seconds: float, first: bytes = b'{"a":') -> Fault:
    """Sends a beginning, then nothing for a while."""

    async def fault(request: web.Request, _: Handler) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": JSON})
        await response.prepare(request)
        await response.write(first)
        await _hold(request, seconds)
        return response

    return fault


def reset() -> Fault:
    """Drops the connection without an answer."""

    async def fault(request: web.Request, _: Handler) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return fault
