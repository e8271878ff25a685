"""The peers' code and ours on the same real recordings in one run: accuracy, and milliseconds per minute of data.

Peers live in environments of their own (`.peers/NAME`, made by `make bench`), since each drags in many packages; their
scripts here import nothing of ours.
"""
