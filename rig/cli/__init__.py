"""The command line `rig`."""
