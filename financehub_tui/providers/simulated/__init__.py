"""Live values made up inside real daily bars, deterministic by seed, always marked SIM."""

from financehub_tui.providers.simulated.provider import SimulatedProvider

__all__ = ["SimulatedProvider"]
