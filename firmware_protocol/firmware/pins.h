/* The pins of the beams, D2-D9: their levels and the time, noted at every change for the main loop to make sense of.
   The interrupt does no more than that, because while it lasts the next change waits for its stamp. */
#ifndef PINS_H
#define PINS_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

/* Which interrupt made a sample: one of port B, and whether it had been asked for once more before the levels were
   read. */
enum { OF_PORT_B = 1, AGAIN = 2 };

struct pin_sample {
    struct stamp at;
    uint8_t levels; /* bit i is beam index i, 0 to 5 on port D and 6 to 7 on port B */
    uint8_t why;
};

/* Begins to sample; the levels at that time. */
uint8_t pins_start(void);

/* The oldest sample; false where none waits. */
bool pins_take(struct pin_sample *sample);

/* Edges that found no room for a sample, 0 as long as samples wait; with those that are counted come the levels
   after the last of them. Once one is lost all are, until they are counted: so it is known where they belong. */
uint16_t pins_take_lost(uint8_t *levels);

#endif
