/* A photogate timer for docs/gate-protocol.md on an ATmega328P at 16 MHz (Arduino Uno). */
#include <avr/interrupt.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <string.h>

#include "beams.h"
#include "boot.h"
#include "clock.h"
#include "config.h"
#include "cue.h"
#include "frame.h"
#include "gate_timer_messages.h"
#include "serial.h"

enum error_code { UNKNOWN_ID = 1, BAD_LENGTH = 2, BAD_VERSION = 3 };

#define SECOND (1000 * TICKS_PER_MS)
#define TENTH (100 * TICKS_PER_MS)

static uint32_t boot_id;
static uint64_t next_second, next_tenth;

/* What is to be said as soon as the line is free. */
static struct {
    bool info, pong, error, heartbeat, self_test;
} due;
static struct message_pong pong;
static struct message_error error;
static bool self_test_on;

static void send_body(uint8_t id, const void *payload, uint8_t length)
{
    uint8_t body[MAX_BODY];
    body[0] = id;
    memcpy(body + 1, payload, length);
    serial_send_body(body, length + 1);
}

static void send(uint8_t id, const void *payload, uint8_t length)
{
    serial_open_frame();
    send_body(id, payload, length);
}

static void send_info(void)
{
    static const uint16_t heights[N_BEAMS] = BEAM_HEIGHTS_MM;
    struct message_info info = {
        .protocol_major = PROTOCOL_MAJOR,
        .protocol_minor = PROTOCOL_MINOR,
        .firmware_major = FIRMWARE_MAJOR,
        .firmware_minor = FIRMWARE_MINOR,
        .schema_hash = SCHEMA_HASH,
        .boot_id = boot_id,
        .n_gates = N_GATES,
        .beams_fitted = BEAMS_FITTED,
        .tick_ns = TICK_NS,
        .ticks = clock_ticks(),
    };
    for (uint8_t beam = 0; beam < N_BEAMS; beam++)
        info.height_mm[beam] = BEAMS_FITTED >> beam & 1 ? heights[beam] : 0;
    send(MESSAGE_INFO, &info, sizeof info);
}

static void send_pong(void)
{
    pong.tx_ticks = stamp_ticks(serial_open_frame());
    send_body(MESSAGE_PONG, &pong, sizeof pong);
}

static void send_heartbeat(void)
{
    struct beam_counts counts = beams_counts();
    struct message_heartbeat heartbeat = {
        .ticks = clock_ticks(),
        .levels = counts.levels,
        .next_sequence = counts.next_sequence,
        .overruns = counts.overruns,
        .rx_errors = serial_errors(),
    };
    send(MESSAGE_HEARTBEAT, &heartbeat, sizeof heartbeat);
}

static void send_self_test(void)
{
    struct message_self_test test = {.ticks = clock_ticks()};
    beams_activity(&test);
    send(MESSAGE_SELF_TEST, &test, sizeof test);
}

static void refuse(uint8_t code, uint8_t detail)
{
    serial_count_error();
    error = (struct message_error){code, detail, clock_ticks()};
    due.error = true;
}

static void on_hello(const void *payload, uint64_t at)
{
    (void)at;
    const struct message_hello *hello = payload;
    if (hello->protocol_major != PROTOCOL_MAJOR)
        refuse(BAD_VERSION, hello->protocol_major);
    due.info = true;
}

static void on_ping(const void *payload, uint64_t at)
{
    const struct message_ping *ping = payload;
    pong = (struct message_pong){.token = ping->token, .rx_ticks = at};
    due.pong = true;
}

static void on_cue_request(const void *payload, uint64_t at)
{
    cue_ask(payload, at);
}

static void on_self_test_request(const void *payload, uint64_t at)
{
    (void)at;
    const struct message_self_test_request *request = payload;
    self_test_on = request->mode != 0;
}

static const struct {
    uint8_t id;
    uint8_t size;
    void (*take)(const void *payload, uint64_t at);
} requests[] = {
    {MESSAGE_HELLO, sizeof(struct message_hello), on_hello},
    {MESSAGE_PING, sizeof(struct message_ping), on_ping},
    {MESSAGE_CUE_REQUEST, sizeof(struct message_cue_request), on_cue_request},
    {MESSAGE_SELF_TEST_REQUEST, sizeof(struct message_self_test_request), on_self_test_request},
};

static void take_request(const uint8_t *body, uint8_t length, uint64_t at)
{
    for (uint8_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        if (requests[i].id != body[0])
            continue;
        if (length - 1 < requests[i].size)
            refuse(BAD_LENGTH, body[0]);
        else
            requests[i].take(body + 1, at);
        return;
    }
    refuse(UNKNOWN_ID, body[0]);
}

static void take_frame(struct received_frame *frame)
{
    uint8_t length = frame_decode(frame->bytes, frame->length);
    if (length)
        take_request(frame->bytes, length, stamp_ticks(frame->at));
    else
        serial_count_error();
    serial_release_frame();
}

/* One answer at a time: the next request waits in its slot until the last one is answered. */
static void take_frames(void)
{
    struct received_frame *frame;
    while (!due.info && !due.pong && !due.error && (frame = serial_frame()))
        take_frame(frame);
}

static void serve_clock(void)
{
    uint64_t now = clock_ticks();
    if (now >= next_second) {
        next_second += SECOND;
        due.heartbeat = true;
    }
    if (now >= next_tenth) {
        next_tenth += TENTH;
        beams_tenth_passed();
        due.self_test = self_test_on;
    }
    cue_serve();
}

static bool is_time_for(bool *flag)
{
    bool is_due = *flag;
    *flag = false;
    return is_due;
}

static void send_next(void)
{
    struct message_cue cue;
    struct message_edge edge;
    if (is_time_for(&due.info))
        send_info();
    else if (is_time_for(&due.pong))
        send_pong();
    else if (is_time_for(&due.error))
        send(MESSAGE_ERROR, &error, sizeof error);
    else if (cue_take(&cue))
        send(MESSAGE_CUE, &cue, sizeof cue);
    else if (is_time_for(&due.heartbeat))
        send_heartbeat();
    else if (is_time_for(&due.self_test))
        send_self_test();
    else if (beams_take_edge(&edge))
        send(MESSAGE_EDGE, &edge, sizeof edge);
}

/* An interrupt between the question and the sleep would be slept over, so it is asked with interrupts off; the
   instruction after sei() still runs before any of them. */
static void sleep_until_woken(void)
{
    cli();
    if (!wake) {
        sleep_enable();
        sei();
        sleep_cpu();
        sleep_disable();
    }
    wake = false;
    sei();
}

static void start(void)
{
    wdt_enable(WDTO_500MS);
    set_sleep_mode(SLEEP_MODE_IDLE);
    cue_start();
    boot_id = boot_new_id();
    clock_start();
    beams_start();
    serial_start();
    next_second = clock_ticks() + SECOND;
    next_tenth = clock_ticks() + TENTH;
    due.info = true;
    sei();
}

int main(void)
{
    start();
    for (;;) {
        wdt_reset();
        beams_serve();
        serve_clock();
        take_frames();
        if (serial_is_free())
            send_next();
        sleep_until_woken();
    }
}
