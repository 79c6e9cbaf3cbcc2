"""Local servers that speak the sources' wire formats over real sockets, and misbehave like them."""
