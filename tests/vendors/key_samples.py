"""Made-up keys in the form of each provider's."""

from __future__ import annotations

GOOD = {
    "finnhub": "abcdefghij0123456789",
    "alpaca": "PKTESTTESTTESTTEST12:abcdefghijklmnopqrstuvwxyz0123456789abcd",
    "coingecko": "CG-abcdefghijklmnopqrstuvwx",
    "coinmarketcap": "b54bcf4d-1bca-4e8e-9a24-22ff2c3d462c",
    "twelve_data": "0123456789abcdef0123456789abcdef",
    "alpha_vantage": "ABCDEFGH12345678",
    "massive": "abcdefghijklmnopqrstuvwxyzABCDEF",
    "fred": "abcdefghijklmnopqrstuvwxyz012345",
    "newsapi": "0123456789abcdef0123456789abcdef",
    "oanda": "0123456789abcdef0123456789abcdef-0123456789abcdef0123456789abcdef",
    "exchangerate_host": "0123456789abcdef0123456789abcdef",
    "reddit": "abcdefghijklmn:abcdefghijklmnopqrstuvwxyz0",
}
