"""Binance, spot: REST and streams."""
