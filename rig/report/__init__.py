"""Pages that people take away."""
