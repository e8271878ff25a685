"""Live devices: bytes from serial ports and radios to packets with host times, and nothing more."""
