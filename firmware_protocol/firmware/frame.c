#include "frame.h"

static uint16_t crc_add(uint16_t crc, uint8_t byte)
{
    crc = (uint16_t)(crc >> 8 | crc << 8);
    crc ^= byte;
    crc ^= (crc & 0xFF) >> 4;
    crc ^= (uint16_t)(crc << 12);
    crc ^= (uint16_t)((crc & 0xFF) << 5);
    return crc;
}

uint16_t frame_crc(const uint8_t *data, uint8_t length)
{
    uint16_t crc = 0xFFFF;
    while (length--)
        crc = crc_add(crc, *data++);
    return crc;
}

struct cobs_writer {
    uint8_t *code; /* where the length of the open group goes */
    uint8_t *next;
};

static void cobs_put(struct cobs_writer *out, uint8_t byte)
{
    if (byte) {
        *out->next++ = byte;
        return;
    }
    *out->code = (uint8_t)(out->next - out->code);
    out->code = out->next++;
}

uint8_t frame_encode(const uint8_t *body, uint8_t length, uint8_t *frame)
{
    struct cobs_writer out = {frame + 1, frame + 2};
    uint16_t crc = frame_crc(body, length);
    while (length--)
        cobs_put(&out, *body++);
    cobs_put(&out, (uint8_t)(crc >> 8));
    cobs_put(&out, (uint8_t)crc);
    *out.code = (uint8_t)(out.next - out.code);
    frame[0] = 0;
    *out.next++ = 0;
    return (uint8_t)(out.next - frame);
}

/* Bytes written, or 0 where a code points behind the end. A frame is too short for a group of 254. */
static uint8_t cobs_decode(uint8_t *data, uint8_t length)
{
    uint8_t at = 0, written = 0;
    while (at < length) {
        uint8_t code = data[at++];
        if (code == 0 || code - 1 > length - at)
            return 0;
        while (--code)
            data[written++] = data[at++];
        if (at < length)
            data[written++] = 0;
    }
    return written;
}

uint8_t frame_decode(uint8_t *encoded, uint8_t length)
{
    uint8_t decoded = cobs_decode(encoded, length);
    /* The CRC of a body followed by its own CRC is zero. */
    if (decoded <= 2 || frame_crc(encoded, decoded) != 0)
        return 0;
    return decoded - 2;
}
