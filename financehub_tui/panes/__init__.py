"""What a function looks like in the workspace."""
