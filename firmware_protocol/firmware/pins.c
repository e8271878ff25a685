#include "pins.h"

#include <stdatomic.h>
#include <util/atomic.h>
#include <util/delay_basic.h>

#include "config.h"

#define QUEUE 32 /* a power of two */

static struct pin_sample queue[QUEUE];
static volatile uint8_t queue_in, queue_out;
static volatile uint8_t latest;
static volatile uint16_t lost;

static ALWAYS_INLINE uint8_t read_levels(void)
{
    return (uint8_t)(PIND >> 2 | PINB << 6) & BEAMS_FITTED;
}

/* A change that cannot be seen any more was a pulse, of two edges. */
static uint8_t edges_between(uint8_t before, uint8_t after)
{
    uint8_t edges = 0;
    for (uint8_t changed = before ^ after; changed; changed &= changed - 1)
        edges++;
    return edges ? edges : 2;
}

/* Both ports are read in either interrupt, so edges of one instant carry one stamp. */
static ALWAYS_INLINE void sample(uint8_t why, uint8_t flag)
{
    struct stamp at = clock_stamp();
    uint8_t now = read_levels();
    if (PCIFR & flag)
        why |= AGAIN;
    uint8_t in = queue_in;
    if (lost || (uint8_t)(in - queue_out) == QUEUE) {
        lost += edges_between(latest, now);
    } else {
        queue[in % QUEUE] = (struct pin_sample){at, now, why};
        queue_in = in + 1;
    }
    latest = now;
    wake = true;
}

ISR(PCINT2_vect)
{
    sample(0, _BV(PCIF2));
}

ISR(PCINT0_vect)
{
    sample(OF_PORT_B, _BV(PCIF0));
}

uint8_t pins_start(void)
{
    PORTD |= 0xFC; /* pull-ups */
    PORTB |= 0x03;
    PCMSK2 = (uint8_t)(BEAMS_FITTED << 2);
    PCMSK0 = BEAMS_FITTED >> 6;
    _delay_loop_2(200); /* pull-ups charge their wires in some microseconds */
    PCIFR = _BV(PCIF0) | _BV(PCIF2);
    latest = read_levels();
    PCICR = _BV(PCIE0) | _BV(PCIE2);
    return latest;
}

bool pins_take(struct pin_sample *sample)
{
    uint8_t out = queue_out;
    if (out == queue_in)
        return false;
    atomic_signal_fence(memory_order_acquire);
    *sample = queue[out % QUEUE];
    atomic_signal_fence(memory_order_release);
    queue_out = out + 1;
    return true;
}

uint16_t pins_take_lost(uint8_t *levels)
{
    uint16_t count = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        if (lost && queue_in == queue_out) {
            count = lost;
            lost = 0;
            *levels = latest;
        }
    }
    return count;
}
