"""Signal processing of the rig: arrays in, frozen results out; numpy and scipy only."""
