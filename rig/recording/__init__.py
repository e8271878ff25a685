"""Session folders: recorded as received, salvaged to an exact prefix, replayed as a source of records."""
