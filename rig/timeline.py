"""From each device's bytes to samples and edges on the session clock."""
