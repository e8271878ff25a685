#include "clock.h"

#include <util/atomic.h>

/* Tests start the count late to see it grow past its lower bytes. */
#ifndef FIRST_WRAPS
#define FIRST_WRAPS 0
#endif

volatile uint32_t clock_wraps = FIRST_WRAPS;
volatile bool wake;

ISR(TIMER1_OVF_vect)
{
    clock_wraps++;
    wake = true;
}

void clock_start(void)
{
    TCCR1A = 0;
    TIMSK1 = _BV(TOIE1);
    TCCR1B = _BV(CS11); /* 16 MHz / 8 */
}

uint64_t clock_ticks(void)
{
    struct stamp now;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        now = clock_stamp();
    }
    return stamp_ticks(now);
}
