"""The virtual lab: a participant with a body, and the bytes their sensors would send."""
