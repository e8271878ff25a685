/* What a builder may change: which beams are mounted, how high, and the pins of the start signal. */
#ifndef CONFIG_H
#define CONFIG_H

#define FIRMWARE_MAJOR 1
#define FIRMWARE_MINOR 0

/* Bit i is beam index i = 2 * gate + beam on pin D(2 + i). 0x55: four gates of one beam, on D2, D4, D6, D8. */
#ifndef BEAMS_FITTED
#define BEAMS_FITTED 0x55
#endif
#define N_GATES 4

/* Height of each beam above the floor in millimetres, by beam index; those not fitted are sent as 0. */
#ifndef BEAM_HEIGHTS_MM
#define BEAM_HEIGHTS_MM {1100, 850, 1100, 850, 1100, 850, 1100, 850}
#endif

/* The start signal on port B: an active buzzer on D10, a lamp on D11. */
#define BEEP_PIN 2
#define LIGHT_PIN 3
#define CUE_MS 200

#endif
