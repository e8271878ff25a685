"""Sports timers that labs already own, one module a maker; formats in docs/timers.md."""
