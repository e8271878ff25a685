/* Eight beams: what their pins did, as numbered edges that wait to be sent. High is blocked, so a broken wire shows. */
#ifndef BEAMS_H
#define BEAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "gate_timer_messages.h"

#define N_BEAMS 8

void beams_start(void);

/* Call in every pass of the main loop: looks at what the pins did since. */
void beams_serve(void);

/* The oldest edge that waits; false where none does. */
bool beams_take_edge(struct message_edge *edge);

struct beam_counts {
    uint8_t levels;
    uint16_t next_sequence;
    uint16_t overruns;
};
struct beam_counts beams_counts(void);

/* Call ten times a second; afterwards beams_activity tells of the last second. */
void beams_tenth_passed(void);
void beams_activity(struct message_self_test *test);

#endif
