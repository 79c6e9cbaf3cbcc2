"""ccxt's reading of one aggregate trade of Binance, from the frame to its unified trade: frames a second.

python ccxt_trades.py ROUNDS FRAME
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import ccxt.pro

FRAMES = 5_000


def main(rounds: int, frame: str) -> None:
    venue = ccxt.pro.binance()
    market = venue.safe_market_structure({"id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT"})

    def once() -> float:
        began = time.perf_counter()
        for _ in range(FRAMES):
            venue.parse_ws_trade(json.loads(frame)["data"], market)
        return time.perf_counter() - began

    print(json.dumps({"frames": FRAMES / statistics.median(once() for _ in range(rounds))}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
