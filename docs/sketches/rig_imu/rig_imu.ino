// The profile of docs/imu-profile.md on a Seeed XIAO nRF52840 Sense (LSM6DS3TR-C on board).
// Libraries: ArduinoBLE, Seeed Arduino LSM6DS3. Not run on hardware by its authors.

#include <ArduinoBLE.h>
#include <LSM6DS3.h>
#include <Wire.h>

static const uint8_t VERSION = 1;
static const uint8_t SAMPLES = 0x11;
static const uint8_t OVERRUN = 0x01;
static const uint8_t BATCH = 8;
static const size_t HEADER = 9;
static const float RATE_HZ = 104.0f;
static const float ACC_SCALE = 8.0f * 9.80665f / 32768.0f;               // m/s2 a count at 8 g
static const float GYR_SCALE = 0.035f * 3.14159265f / 180.0f;            // rad/s a count at 1000 deg/s
static const uint8_t STATUS_REG = 0x1E, BOTH_READY = 0x03, OUT_G = 0x22; // gyroscope, then accelerometer

LSM6DS3 chip(I2C_MODE, 0x6A);
BLEService service("7d1a0000-52b6-4c55-9c0e-3a8f2b6d41e7");
BLECharacteristic data("7d1a0001-52b6-4c55-9c0e-3a8f2b6d41e7", BLENotify, HEADER + BATCH * 12);
BLECharacteristic description("7d1a0002-52b6-4c55-9c0e-3a8f2b6d41e7", BLERead, 16, true);
BLEByteCharacteristic control("7d1a0003-52b6-4c55-9c0e-3a8f2b6d41e7", BLEWrite);

uint8_t block[HEADER + BATCH * 12];
uint8_t held = 0;        // samples in the block
uint16_t sequence = 0;   // of the block in work
bool overrun = false;    // something was lost before it
uint32_t last_us = 0;    // of the last sample

void put_float(uint8_t *at, float value) { memcpy(at, &value, 4); } // the processor is little-endian

void describe() {
  uint8_t own[16] = {VERSION, 0, 0, 0};
  put_float(own + 4, RATE_HZ);
  put_float(own + 8, ACC_SCALE);
  put_float(own + 12, GYR_SCALE);
  description.writeValue(own, sizeof own);
}

void setup() {
  chip.settings.accelRange = 8;
  chip.settings.accelSampleRate = 104;
  chip.settings.gyroRange = 1000;
  chip.settings.gyroSampleRate = 104;
  while (chip.begin() != 0 || !BLE.begin()) {
    delay(1000);
  }
  BLE.setLocalName("rig-imu 01");
  BLE.setAdvertisedService(service);
  service.addCharacteristic(data);
  service.addCharacteristic(description);
  service.addCharacteristic(control);
  BLE.addService(service);
  describe();
  BLE.advertise();
}

// Takes a sample where there is one; its time is that of the moment it was found ready.
bool sample() {
  uint8_t status = 0, raw[12];
  if (chip.readRegister(&status, STATUS_REG) != IMU_SUCCESS || (status & BOTH_READY) != BOTH_READY) {
    return false;
  }
  uint32_t now_us = micros();
  if (chip.readRegisterRegion(raw, OUT_G, sizeof raw) != IMU_SUCCESS) {
    return false;
  }
  if (last_us != 0 && now_us - last_us > 15000) { // a period is 9615 us: one was missed
    overrun = overrun || held == 0;
    send_block();                                 // samples of a block are evenly spaced
    overrun = true;
  }
  last_us = now_us;
  if (held == 0) {
    memcpy(block + 4, &now_us, 4);
  }
  uint8_t *at = block + HEADER + 12 * held;
  memcpy(at, raw + 6, 6); // acceleration first
  memcpy(at + 6, raw, 6);
  held++;
  return true;
}

void send_block() {
  if (held == 0) {
    return;
  }
  block[0] = SAMPLES;
  block[1] = overrun ? OVERRUN : 0;
  memcpy(block + 2, &sequence, 2);
  block[8] = held;
  data.writeValue(block, HEADER + 12 * held); // a block that is not sent still has its number
  sequence++;
  held = 0;
  overrun = false;
}

void loop() {
  BLEDevice central = BLE.central();
  bool streaming = false;
  while (central && central.connected()) {
    if (control.written()) {
      streaming = control.value() == 1;
      held = 0;
      last_us = 0;
    }
    if (streaming && sample() && held == BATCH) {
      send_block();
    }
    BLE.poll();
  }
  control.writeValue(0); // the stream ends with the connection
}
