/* The UART: whole frames in, each with the time of its closing delimiter; one frame at a time out. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "frame.h"

struct received_frame {
    struct stamp at;
    uint8_t length;
    uint8_t bytes[MAX_ENCODED];
};

void serial_start(void);

/* The oldest frame that waits, or NULL; it stays valid until serial_release_frame. */
struct received_frame *serial_frame(void);
void serial_release_frame(void);

/* Frames thrown away since power-up. */
uint16_t serial_errors(void);
void serial_count_error(void);

/* Whether the UART takes the next frame. */
bool serial_is_free(void);

/* Gives the leading delimiter to the UART; the time at which it went. */
struct stamp serial_open_frame(void);
/* Gives the body after it. */
void serial_send_body(const uint8_t *body, uint8_t length);

#endif
