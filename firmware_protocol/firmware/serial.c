#include "serial.h"

#include <stdatomic.h>
#include <stddef.h>
#include <util/atomic.h>

#define SLOTS 4 /* a power of two */

static struct received_frame slots[SLOTS];
static volatile uint8_t slots_in, slots_out;
static volatile uint16_t errors;

/* Of the frame that is being received. What comes before the first delimiter is the tail of another one. */
static uint8_t arrived;
static bool synced, spoiled;

static uint8_t frame[MAX_FRAME];
static volatile uint8_t frame_length, frame_sent;
static volatile bool is_free = true;

void serial_start(void)
{
    UCSR0A = _BV(U2X0); /* before UBRR: a simulator fixes the rate when UBRR is written */
    UBRR0 = (F_CPU / 4 / LINE_BAUD - 1) / 2;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

static void take_byte(uint8_t byte)
{
    if (arrived == MAX_ENCODED || (uint8_t)(slots_in - slots_out) == SLOTS)
        spoiled = true;
    else
        slots[slots_in % SLOTS].bytes[arrived++] = byte;
}

static void close_frame(void)
{
    struct received_frame *slot = &slots[slots_in % SLOTS];
    if (synced && spoiled) {
        errors++;
    } else if (synced && arrived) {
        slot->at = clock_stamp();
        slot->length = arrived;
        slots_in++;
        wake = true;
    }
    synced = true;
    spoiled = false;
    arrived = 0;
}

ISR(USART_RX_vect)
{
    /* The flags belong to the byte that is read next. */
    if (UCSR0A & (_BV(FE0) | _BV(DOR0)))
        spoiled = true;
    uint8_t byte = UDR0;
    if (byte)
        take_byte(byte);
    else
        close_frame();
}

struct received_frame *serial_frame(void)
{
    return slots_in == slots_out ? NULL : &slots[slots_out % SLOTS];
}

void serial_release_frame(void)
{
    atomic_signal_fence(memory_order_release);
    slots_out++;
}

uint16_t serial_errors(void)
{
    uint16_t count;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        count = errors;
    }
    return count;
}

void serial_count_error(void)
{
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        errors++;
    }
}

ISR(USART_UDRE_vect)
{
    if (frame_sent < frame_length) {
        UDR0 = frame[frame_sent++];
        return;
    }
    UCSR0B &= (uint8_t)~_BV(UDRIE0);
    is_free = true;
    wake = true;
}

bool serial_is_free(void)
{
    return is_free;
}

struct stamp serial_open_frame(void)
{
    struct stamp at;
    is_free = false;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        at = clock_stamp();
        UDR0 = 0;
    }
    return at;
}

void serial_send_body(const uint8_t *body, uint8_t length)
{
    frame_length = frame_encode(body, length, frame);
    atomic_signal_fence(memory_order_release);
    frame_sent = 1; /* the leading delimiter is on its way */
    UCSR0B |= _BV(UDRIE0);
}
