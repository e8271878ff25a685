/* Timer 1 at 2 MHz, 16 bits wide, and a count of its wraps: 48 bits of 0.5 us, which last 4.4 years. */
#ifndef CLOCK_H
#define CLOCK_H

#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdbool.h>
#include <stdint.h>

/* In interrupts a call costs time that the next edge waits. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

#define TICK_NS 500
#define TICKS_PER_MS 2000UL

struct stamp {
    uint16_t low;
    uint32_t wraps;
};

extern volatile uint32_t clock_wraps;

/* Set by every interrupt that leaves work to the main loop, which sleeps only while it is clear. */
extern volatile bool wake;

void clock_start(void);

/* The time now, for the main loop. */
uint64_t clock_ticks(void);

/* The time now, with interrupts off. The wrap may have come since they went off: then it is pending and uncounted,
   and concerns this reading only if the timer was read behind it, in its lower half. */
static ALWAYS_INLINE struct stamp clock_stamp(void)
{
    struct stamp now;
    now.low = TCNT1;
    now.wraps = clock_wraps;
    if ((TIFR1 & _BV(TOV1)) && now.low < 0x8000)
        now.wraps++;
    return now;
}

static inline uint64_t stamp_ticks(struct stamp at)
{
    return (uint64_t)at.wraps << 16 | at.low;
}

#endif
