"""Message catalogues and how they are compiled."""
