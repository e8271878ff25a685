/* The start signal: asked for by the host, given and stamped here. */
#ifndef CUE_H
#define CUE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "gate_timer_messages.h"

void cue_start(void);

/* Gives the signal delay_ms after `from`; a younger request takes the place of one that waits. */
void cue_ask(const struct message_cue_request *request, uint64_t from);

/* Ends a signal whose time is over. */
void cue_serve(void);

/* The signal that was given and not told yet; false where there is none. */
bool cue_take(struct message_cue *cue);

#endif
