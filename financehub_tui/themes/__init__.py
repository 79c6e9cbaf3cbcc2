"""Palettes with semantic names."""
