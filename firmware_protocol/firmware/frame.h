/* Frames: 0x00 | COBS(body | CRC-16/IBM-3740, high byte first) | 0x00. Knows no hardware. */
#ifndef FRAME_H
#define FRAME_H

#include <stdint.h>

#include "gate_timer_messages.h"

/* COBS adds one byte, the CRC two, the delimiters two. */
#define MAX_BODY (MAX_ENCODED - 3)
#define MAX_FRAME (MAX_ENCODED + 2)

uint16_t frame_crc(const uint8_t *data, uint8_t length);

/* Writes the frame of a body of 1 to MAX_BODY bytes and returns its length, both delimiters counted. */
uint8_t frame_encode(const uint8_t *body, uint8_t length, uint8_t *frame);

/* Decodes in place what was between two delimiters; the length of the body, or 0 for a broken frame. */
uint8_t frame_decode(uint8_t *encoded, uint8_t length);

#endif
