#include "beams.h"

#include <stdatomic.h>
#include <string.h>
#include <util/atomic.h>
#include <util/delay_basic.h>

#include "config.h"

#define ON_PORT_D 0x3F
#define ON_PORT_B 0xC0
#define QUEUE 64 /* a power of two */
#define TENTHS 10
#define STUCK_WRAPS 153 /* 5 s of 32.768 ms */

struct queued_edge {
    struct stamp at;
    uint16_t sequence;
    uint16_t overruns;
    uint8_t beam;
    uint8_t level;
};

static struct queued_edge queue[QUEUE];
static volatile uint8_t queue_in, queue_out;

/* Tests begin near the end to see the sequence wrap. */
#ifndef FIRST_SEQUENCE
#define FIRST_SEQUENCE 0
#endif

static uint16_t sequence = FIRST_SEQUENCE, overruns;
static uint8_t levels;
/* Beams of the ports whose next interrupt may find its change already told. */
static uint8_t told;

static uint8_t tenth;
static uint8_t edges_in_tenth[TENTHS][N_BEAMS];
static uint32_t changed_at_wrap[N_BEAMS];

static inline uint8_t read_levels(void)
{
    return (uint8_t)(PIND >> 2 | PINB << 6) & BEAMS_FITTED;
}

static void count_lost(uint8_t edges)
{
    sequence += edges;
    overruns += edges;
}

static void push(uint8_t beam, uint8_t level, struct stamp at)
{
    uint8_t in = queue_in;
    if ((uint8_t)(in - queue_out) == QUEUE) {
        count_lost(1);
        return;
    }
    queue[in % QUEUE] = (struct queued_edge){at, sequence++, overruns, beam, level};
    queue_in = in + 1;
}

static void see(uint8_t beam, uint8_t level, struct stamp at)
{
    uint8_t *count = &edges_in_tenth[tenth][beam];
    if (*count < 255)
        ++*count;
    changed_at_wrap[beam] = at.wraps;
    push(beam, level, at);
}

/* Both ports are read in either interrupt, so edges of one instant carry one stamp. The other port's interrupt
   still follows and finds nothing new; so does another one of this port when a second beam changed between the
   interrupt and the reading. One that finds nothing and was not told of before was a pulse that ended before it could
   be read: its two edges are counted as lost (twice, if each of them interrupted). */
static void pins_changed(uint8_t own, uint8_t own_flag)
{
    struct stamp at = clock_stamp();
    uint8_t now = read_levels();
    bool is_again = PCIFR & own_flag;
    uint8_t changed = now ^ levels;
    uint8_t mine = changed & own;
    if (!mine && !(told & own))
        count_lost(2);
    told = (told & ~own) | (changed & ~own);
    if (is_again && (mine & (mine - 1)))
        told |= own;
    levels = now;
    for (uint8_t beam = 0; changed; beam++, changed >>= 1, now >>= 1)
        if (changed & 1)
            see(beam, now & 1, at);
    wake = true;
}

ISR(PCINT2_vect)
{
    pins_changed(ON_PORT_D, _BV(PCIF2));
}

ISR(PCINT0_vect)
{
    pins_changed(ON_PORT_B, _BV(PCIF0));
}

void beams_start(void)
{
    PORTD |= (uint8_t)(ON_PORT_D << 2); /* pull-ups */
    PORTB |= ON_PORT_B >> 6;
    PCMSK2 = (uint8_t)(BEAMS_FITTED << 2);
    PCMSK0 = BEAMS_FITTED >> 6;
    _delay_loop_2(200); /* pull-ups charge their wires in some microseconds */
    PCIFR = _BV(PCIF0) | _BV(PCIF2);
    levels = read_levels();
    PCICR = _BV(PCIE0) | _BV(PCIE2);
}

bool beams_take_edge(struct message_edge *edge)
{
    uint8_t out = queue_out;
    if (out == queue_in)
        return false;
    const struct queued_edge *oldest = &queue[out % QUEUE];
    edge->gate = oldest->beam / BEAMS_PER_GATE;
    edge->beam = oldest->beam % BEAMS_PER_GATE;
    edge->level = oldest->level;
    edge->sequence = oldest->sequence;
    edge->overruns = oldest->overruns;
    edge->ticks = stamp_ticks(oldest->at);
    atomic_signal_fence(memory_order_release);
    queue_out = out + 1;
    return true;
}

struct beam_counts beams_counts(void)
{
    struct beam_counts counts;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        counts = (struct beam_counts){levels, sequence, overruns};
    }
    return counts;
}

void beams_tenth_passed(void)
{
    uint8_t next = (tenth + 1) % TENTHS;
    memset(edges_in_tenth[next], 0, N_BEAMS);
    tenth = next;
}

static uint8_t edges_in_second(uint8_t beam)
{
    uint16_t sum = 0;
    for (uint8_t i = 0; i < TENTHS; i++)
        sum += edges_in_tenth[i][beam];
    return sum < 255 ? (uint8_t)sum : 255;
}

static bool is_stuck(uint8_t beam, uint8_t level)
{
    uint32_t since;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        since = clock_wraps - changed_at_wrap[beam];
    }
    return level && since >= STUCK_WRAPS;
}

void beams_activity(struct message_self_test *test)
{
    uint8_t now = beams_counts().levels;
    test->levels = now;
    test->stuck = 0;
    for (uint8_t beam = 0; beam < N_BEAMS; beam++) {
        if (is_stuck(beam, now >> beam & 1))
            test->stuck |= (uint8_t)(1 << beam);
        test->edges[beam] = edges_in_second(beam);
    }
}
