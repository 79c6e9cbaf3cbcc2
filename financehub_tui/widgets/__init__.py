"""Drawing primitives on the line API. They know market types and themes, never the engine."""
