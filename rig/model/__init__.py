"""Pure types that every room of the rig shares."""
