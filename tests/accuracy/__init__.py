"""Accuracy on real recordings with a ground truth: `make accuracy` prints the tables and writes docs/accuracy.md."""
