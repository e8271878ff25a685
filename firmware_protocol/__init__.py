"""Sans-IO protocols: bytes in, frozen events out, and bytes to send."""
