#include "cue.h"

#include <stdatomic.h>
#include <util/atomic.h>

#include "config.h"

#define KIND_BEEP 1
#define KIND_LIGHT 2
#define BOTH_PINS (_BV(BEEP_PIN) | _BV(LIGHT_PIN))

/* The one that was given last, until it is told, and the other one, which waits or is free. */
static struct message_cue_request asked[2];
static uint8_t given, waiting = 1;
static uint8_t pins;
static struct stamp due;
static struct stamp given_at;
static volatile bool is_waiting, is_given, is_on;

void cue_start(void)
{
    DDRB |= BOTH_PINS;
}

static ALWAYS_INLINE bool is_due(struct stamp now)
{
    return now.wraps > due.wraps || (now.wraps == due.wraps && now.low >= due.low);
}

static uint8_t pins_of(uint8_t kind)
{
    return (kind & KIND_BEEP ? _BV(BEEP_PIN) : 0) | (kind & KIND_LIGHT ? _BV(LIGHT_PIN) : 0);
}

/* With interrupts off. */
static ALWAYS_INLINE void give_if_due(void)
{
    struct stamp now = clock_stamp();
    if (!is_waiting || !is_due(now))
        return;
    PORTB |= pins;
    given_at = now;
    given = waiting;
    is_waiting = false;
    is_given = is_on = true;
    TIMSK1 &= (uint8_t)~_BV(OCIE1A);
    wake = true;
}

ISR(TIMER1_COMPA_vect)
{
    give_if_due();
}

void cue_ask(const struct message_cue_request *request, uint64_t from)
{
    uint64_t at = from + request->delay_ms * TICKS_PER_MS;
    is_waiting = false; /* the interrupt leaves all alone until the new request is whole */
    atomic_signal_fence(memory_order_seq_cst);
    waiting = !given;
    asked[waiting] = *request;
    pins = pins_of(request->kind);
    due = (struct stamp){(uint16_t)at, (uint32_t)(at >> 16)};
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        is_waiting = true;
        OCR1A = due.low;
        TIMSK1 |= _BV(OCIE1A);
        give_if_due();
    }
}

void cue_serve(void)
{
    if (!is_on || clock_ticks() - stamp_ticks(given_at) < CUE_MS * TICKS_PER_MS)
        return;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        PORTB &= (uint8_t)~BOTH_PINS;
    }
    is_on = false;
}

bool cue_take(struct message_cue *cue)
{
    if (!is_given)
        return false;
    struct stamp at;
    struct message_cue_request told;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        at = given_at;
        told = asked[given];
        is_given = false;
    }
    *cue = (struct message_cue){told.token, told.kind, stamp_ticks(at)};
    return true;
}
