#include "beams.h"

#include <string.h>

#include "pins.h"

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
static uint8_t queue_in, queue_out;

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

static void count_lost(uint16_t edges)
{
    sequence += edges;
    overruns += edges;
}

static void push(uint8_t beam, uint8_t level, struct stamp at)
{
    if ((uint8_t)(queue_in - queue_out) == QUEUE) {
        count_lost(1);
        return;
    }
    queue[queue_in++ % QUEUE] = (struct queued_edge){at, sequence++, overruns, beam, level};
}

static void see(uint8_t beam, uint8_t level, struct stamp at)
{
    uint8_t *count = &edges_in_tenth[tenth][beam];
    if (*count < 255)
        ++*count;
    changed_at_wrap[beam] = at.wraps;
    push(beam, level, at);
}

/* The first interrupt after edges of one instant on both ports tells of all; the other port's still follows and finds
   nothing new; so does another one of the same port when a second beam changed between the interrupt and the reading.
   One that finds nothing and was not told of before was a pulse that ended before it could be read: its two edges are
   counted as lost (twice, if each of them interrupted). */
static void look_at(const struct pin_sample *sample)
{
    uint8_t own = sample->why & OF_PORT_B ? ON_PORT_B : ON_PORT_D;
    uint8_t now = sample->levels;
    uint8_t changed = now ^ levels;
    uint8_t mine = changed & own;
    if (!mine && !(told & own))
        count_lost(2);
    bool is_second = mine && (told & own || mine & (mine - 1));
    told = (told & ~own) | (changed & ~own);
    if (is_second && sample->why & AGAIN)
        told |= own;
    levels = now;
    for (uint8_t beam = 0; changed; beam++, changed >>= 1, now >>= 1)
        if (changed & 1)
            see(beam, now & 1, sample->at);
}

void beams_start(void)
{
    levels = pins_start();
}

void beams_serve(void)
{
    struct pin_sample sample;
    while (pins_take(&sample))
        look_at(&sample);
    count_lost(pins_take_lost(&levels));
}

bool beams_take_edge(struct message_edge *edge)
{
    if (queue_out == queue_in)
        return false;
    const struct queued_edge *oldest = &queue[queue_out++ % QUEUE];
    edge->gate = oldest->beam / BEAMS_PER_GATE;
    edge->beam = oldest->beam % BEAMS_PER_GATE;
    edge->level = oldest->level;
    edge->sequence = oldest->sequence;
    edge->overruns = oldest->overruns;
    edge->ticks = stamp_ticks(oldest->at);
    return true;
}

struct beam_counts beams_counts(void)
{
    return (struct beam_counts){levels, sequence, overruns};
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
    uint32_t since = (uint32_t)(clock_ticks() >> 16) - changed_at_wrap[beam];
    return level && since >= STUCK_WRAPS;
}

void beams_activity(struct message_self_test *test)
{
    test->levels = levels;
    test->stuck = 0;
    for (uint8_t beam = 0; beam < N_BEAMS; beam++) {
        if (is_stuck(beam, levels >> beam & 1))
            test->stuck |= (uint8_t)(1 << beam);
        test->edges[beam] = edges_in_second(beam);
    }
}
