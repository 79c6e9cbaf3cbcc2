"""Frankfurter: the ECB's reference rates as JSON, keyless, from an open-source service."""
