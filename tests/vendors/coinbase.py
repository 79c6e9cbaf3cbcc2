"""Coinbase Exchange as a local server: REST and the feed in their documented shapes.

async with CoinbaseVendor() as vendor:
    provider = CoinbaseProvider(clock, rest_url=vendor.url, stream_url=vendor.ws_url)
    await vendor.change("BTC-USD", ("buy", 61_830.0, 2.0), ("sell", 61_831.0, 0.0))
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from vendors.server import VendorServer, VendorSocket

GRANULARITIES = (60, 300, 900, 3_600, 21_600, 86_400)
NEEDS_KEY = "level2, level3, and full channels now require authentication. https://docs.cloud.coinbase.com"
ACKED_AS = {"ticker_batch": "ticker_1000", "level2_batch": "level2_50"}
TIME = "2024-08-08T23:54:15.308123Z"


class VendorBook:
    """An order book that is changed level by level."""

    def __init__(self) -> None:
        self.bids = {61_830.0 - n: 0.5 + n for n in range(10)}
        self.asks = {61_831.0 + n: 0.25 + n for n in range(10)}

    def snapshot(self, product: str) -> dict[str, Any]:
        bids = [[f"{price:.2f}", f"{self.bids[price]:.8f}"] for price in sorted(self.bids, reverse=True)]
        asks = [[f"{price:.2f}", f"{self.asks[price]:.8f}"] for price in sorted(self.asks)]
        return {"type": "snapshot", "product_id": product, "asks": asks, "bids": bids}

    def change(self, product: str, *changes: tuple[str, float, float]) -> dict[str, Any]:
        """Change levels; the frame that tells of it."""
        for side, price, size in changes:
            levels = self.bids if side == "buy" else self.asks
            if size:
                levels[price] = size
            else:
                levels.pop(price, None)
        rows = [[side, f"{price:.2f}", f"{size:.8f}"] for side, price, size in changes]
        return {"type": "l2update", "product_id": product, "changes": rows, "time": TIME}


class CoinbaseVendor(VendorServer):
    """`now` in seconds; candles exist from `listed_at` on, but for `quiet` ones without trades."""

    def __init__(self, *, now: int = 1_723_161_255, listed_at: int = 1_437_350_400) -> None:
        super().__init__()
        self.now = now
        self.listed_at = listed_at
        self.quiet: set[int] = set()
        self.products = ["BTC-USD", "ETH-USD", "ETH-BTC", "BTC-EUR", "DOGE-USD", "SHIB-USD"]
        self.delisted = ["LUNA-USD"]
        self.books = {product: VendorBook() for product in self.products}
        self.trade_id = 5_000
        self.sequence = 100
        self.subscribed: dict[int, set[tuple[str, str]]] = {}
        self.locked: set[str] = {"level2", "level3", "full"}
        self.closes_after_error = True
        self.serve("/products", lambda _: web.json_response([product_row(one) for one in self._everything()]))
        names = [
            {"id": "BTC", "name": "Bitcoin"},
            {"id": "DOGE", "name": "Dogecoin"},
            {"id": "USD", "name": "US Dollar"},
        ]
        self.serve("/currencies", names)
        day = {"open": "57000.10", "high": "62700", "low": "56800", "last": "61837.70", "volume": "40123.45"}
        self.serve(
            "/products/stats",
            lambda _: web.json_response(
                {one: {"stats_30day": {"volume": "9"}, "stats_24hour": day} for one in self.products}
            ),
        )
        for product in self.products:
            self.list(product)
        self.serve_socket("/", self._socket)

    def list(self, product: str) -> None:
        """Answer for a product."""
        base = f"/products/{product}"
        day = {"open": "57000.10", "high": "62700", "low": "56800", "last": "61837.70", "volume": "40123.45"}
        self.serve(f"{base}/stats", {**day, "volume_30day": "1", "rfq_volume_24hour": "0"})
        self.serve(
            f"{base}/ticker",
            {"trade_id": 1, "price": "61837.70000000", "size": "0.02", "bid": "61837.6", "ask": "61837.7"}
            | {"volume": "40123.45", "time": "2024-08-08T23:54:14.887000Z", "rfq_volume": "0"},
        )
        self.serve(f"{base}/candles", self._candles)
        self.serve(f"{base}/book", lambda request: self._book(request, product))
        self.serve(f"{base}/trades", self._trades)

    def subjects(self) -> set[tuple[str, str]]:
        """(channel, product) subscribed on open sockets."""
        return {one for socket in self.open_sockets() for one in self.subscribed.get(id(socket), ())}

    async def push(self, channel: str, product: str, frame: dict[str, Any] | str) -> int:
        """Send a frame to every socket that subscribed; how many there were."""
        targets = [one for one in self.open_sockets() if (channel, product) in self.subscribed.get(id(one), ())]
        for socket in targets:
            await socket.send(frame)
        return len(targets)

    async def change(self, product: str, *changes: tuple[str, float, float]) -> None:
        await self.push("level2_batch", product, self.books[product].change(product, *changes))

    async def trade(self, product: str, *, skip: int = 0, **more: Any) -> dict[str, Any]:
        """A match; `skip` further ones happened unseen before it."""
        self.trade_id += 1 + skip
        frame = match(product, self.trade_id, **more)
        await self.push("matches", product, frame)
        return frame

    async def tick(self, product: str, **more: Any) -> None:
        self.sequence += 3
        await self.push("ticker", product, ticker(product, self.sequence, **more))

    async def beat(self) -> None:
        for socket in self.open_sockets():
            for channel, product in self.subscribed.get(id(socket), ()):
                if channel == "heartbeat":
                    frame = {"last_trade_id": self.trade_id, "product_id": product, "sequence": self.sequence}
                    await socket.send({**frame, "time": TIME, "type": "heartbeat"})

    def _everything(self) -> list[str]:
        return [*self.products, *self.delisted]

    async def _socket(self, socket: VendorSocket) -> None:
        subjects = self.subscribed.setdefault(id(socket), set())
        async for message in socket.messages():
            why = self._refusal(message)
            if why:
                await socket.send({"type": "error", "message": f"Failed to {message['type']}", "reason": why})
                if self.closes_after_error:
                    await socket.close()
                    return
                continue
            asked = {(channel, product) for channel in message["channels"] for product in message["product_ids"]}
            new = asked - subjects
            if message["type"] == "subscribe":
                subjects |= asked
            else:
                subjects -= asked
            await socket.send({"type": "subscriptions", "channels": _acknowledged(subjects)})
            if message["type"] == "subscribe":
                await self._first(socket, sorted(new))

    def _refusal(self, message: dict[str, Any]) -> str:
        if not message["channels"]:
            return "No channels provided"
        if self.locked & set(message["channels"]):
            return NEEDS_KEY
        unknown = [product for product in message["product_ids"] if product not in self.products]
        return f"{unknown[0]} is not a valid product" if unknown else ""

    async def _first(self, socket: VendorSocket, subjects: list[tuple[str, str]]) -> None:
        for channel, product in subjects:
            if channel == "level2_batch":
                await socket.send(self.books[product].snapshot(product))
            elif channel == "matches":
                await socket.send(match(product, self.trade_id, type="last_match"))
            elif channel == "ticker":
                await socket.send(ticker(product, self.sequence))

    def _candles(self, request: web.Request) -> web.Response:
        step = int(request.query["granularity"])
        if step not in GRANULARITIES:
            return web.json_response({"message": "Unsupported granularity"}, status=400)
        start, end = (_seconds(request.query[name]) for name in ("start", "end"))
        if (end - start) // step + 1 > 300:
            text = "granularity too small for the requested time range. Count of aggregations requested exceeds 300"
            return web.json_response({"message": text}, status=400)
        first = max(-(-start // step) * step, self.listed_at)
        times = [time for time in range(first, min(end, self.now) + 1, step) if time not in self.quiet]
        return web.json_response([[time, 99.5, 102, 100, 101.25, 12.5] for time in reversed(times)])

    def _book(self, request: web.Request, product: str) -> web.Response:
        depth = 1 if request.query.get("level", "1") == "1" else 1_000
        frame = self.books[product].snapshot(product)
        sides = {side: [[*row, 3] for row in frame[side][:depth]] for side in ("bids", "asks")}
        return web.json_response({**sides, "sequence": 12345, "auction_mode": False, "auction": None, "time": TIME})

    def _trades(self, request: web.Request) -> web.Response:
        newest = int(request.query.get("after", self.trade_id + 1)) - 1
        ids = range(newest, max(0, newest - int(request.query.get("limit", 1_000))), -1)
        rows = [
            {"trade_id": number, "side": "sell" if number % 2 else "buy", "size": "0.01000000"}
            | {"price": f"{60_000 + number}.50000000", "time": TIME}
            for number in ids
        ]
        headers = {"CB-BEFORE": str(ids[0]), "CB-AFTER": str(ids[-1])} if ids else {}
        return web.json_response(rows, headers=headers)


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def _acknowledged(subjects: set[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "name": ACKED_AS.get(channel, channel),
            "product_ids": sorted(product for own, product in subjects if own == channel),
            "account_ids": None,
        }
        for channel in sorted({channel for channel, _ in subjects})
    ]


def product_row(product: str) -> dict[str, Any]:
    base, _, quote = product.partition("-")
    return {
        "id": product,
        "base_currency": base,
        "quote_currency": quote,
        "quote_increment": {"SHIB": "0.00000001", "ETH": "0.00001"}.get(base, "0.01")
        if quote != "USD" or base == "SHIB"
        else "0.01",
        "base_increment": "0.00000001",
        "display_name": f"{base}/{quote}",
        "min_market_funds": "1",
        "margin_enabled": False,
        "post_only": False,
        "status": "delisted" if base == "LUNA" else "online",
        "status_message": "",
        "trading_disabled": base == "LUNA",
        "fx_stablecoin": False,
        "max_slippage_percentage": "0.02000000",
        "auction_mode": False,
    }


def ticker(product: str, sequence: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "ticker",
        "sequence": sequence,
        "product_id": product,
        "price": "61837.70",
        "open_24h": "57000.10",
        "volume_24h": "40123.45600000",
        "low_24h": "56800",
        "high_24h": "62700",
        "volume_30d": "778633.19135445",
        "best_bid": "61837.60",
        "best_bid_size": "3.78826",
        "best_ask": "61837.70",
        "best_ask_size": "1.54698",
        "side": "buy",
        "time": TIME,
        "trade_id": 1,
        "last_size": "0.02",
        **more,
    }


def match(product: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "match",
        "trade_id": number,
        "maker_order_id": "1aad6dd4-c00b-454e-81c4-16033085708e",
        "taker_order_id": "9060f53e-620c-408f-a8fc-a1e33a55b0ad",
        "side": "sell",
        "size": "0.00609388",
        "price": "61837.70",
        "product_id": product,
        "sequence": 10 * number,
        "time": f"2024-08-08T23:54:{number % 60:02d}.308123Z",
        **more,
    }
