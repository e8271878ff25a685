"""One file per BLE inertial sensor."""
