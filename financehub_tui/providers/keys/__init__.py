"""API keys: where they come from, what they must look like, which of several signs the next call."""
