/* Written by python -m firmware_protocol.generate_header from the message table; do not edit. */
#ifndef GATE_TIMER_MESSAGES_H
#define GATE_TIMER_MESSAGES_H

#include <stdint.h>

#define PROTOCOL_MAJOR 1
#define PROTOCOL_MINOR 0
#define SCHEMA_HASH 0x1a6e153fUL
#define LINE_BAUD 115200UL
#define MAX_ENCODED 64
#define BEAMS_PER_GATE 2

enum message_id {
    MESSAGE_INFO = 0x01,
    MESSAGE_EDGE = 0x02,
    MESSAGE_PONG = 0x03,
    MESSAGE_HEARTBEAT = 0x04,
    MESSAGE_CUE = 0x05,
    MESSAGE_SELF_TEST = 0x06,
    MESSAGE_ERROR = 0x07,
    MESSAGE_HELLO = 0x81,
    MESSAGE_PING = 0x82,
    MESSAGE_CUE_REQUEST = 0x83,
    MESSAGE_SELF_TEST_REQUEST = 0x84,
};

struct message_info {
    uint8_t protocol_major;
    uint8_t protocol_minor;
    uint8_t firmware_major;
    uint8_t firmware_minor;
    uint32_t schema_hash;
    uint32_t boot_id;
    uint8_t n_gates;
    uint8_t beams_fitted;
    uint16_t tick_ns;
    uint64_t ticks;
    uint16_t height_mm[8];
} __attribute__((packed));
_Static_assert(sizeof(struct message_info) == 40, "INFO is 40 bytes on the line");

struct message_edge {
    uint8_t gate;
    uint8_t beam;
    uint8_t level;
    uint16_t sequence;
    uint16_t overruns;
    uint64_t ticks;
} __attribute__((packed));
_Static_assert(sizeof(struct message_edge) == 15, "EDGE is 15 bytes on the line");

struct message_pong {
    uint32_t token;
    uint64_t rx_ticks;
    uint64_t tx_ticks;
} __attribute__((packed));
_Static_assert(sizeof(struct message_pong) == 20, "PONG is 20 bytes on the line");

struct message_heartbeat {
    uint64_t ticks;
    uint8_t levels;
    uint16_t next_sequence;
    uint16_t overruns;
    uint16_t rx_errors;
} __attribute__((packed));
_Static_assert(sizeof(struct message_heartbeat) == 15, "HEARTBEAT is 15 bytes on the line");

struct message_cue {
    uint16_t token;
    uint8_t kind;
    uint64_t ticks;
} __attribute__((packed));
_Static_assert(sizeof(struct message_cue) == 11, "CUE is 11 bytes on the line");

struct message_self_test {
    uint64_t ticks;
    uint8_t levels;
    uint8_t stuck;
    uint8_t edges[8];
} __attribute__((packed));
_Static_assert(sizeof(struct message_self_test) == 18, "SELF_TEST is 18 bytes on the line");

struct message_error {
    uint8_t code;
    uint8_t detail;
    uint64_t ticks;
} __attribute__((packed));
_Static_assert(sizeof(struct message_error) == 10, "ERROR is 10 bytes on the line");

struct message_hello {
    uint8_t protocol_major;
    uint8_t protocol_minor;
} __attribute__((packed));
_Static_assert(sizeof(struct message_hello) == 2, "HELLO is 2 bytes on the line");

struct message_ping {
    uint32_t token;
} __attribute__((packed));
_Static_assert(sizeof(struct message_ping) == 4, "PING is 4 bytes on the line");

struct message_cue_request {
    uint16_t token;
    uint8_t kind;
    uint16_t delay_ms;
} __attribute__((packed));
_Static_assert(sizeof(struct message_cue_request) == 5, "CUE_REQUEST is 5 bytes on the line");

struct message_self_test_request {
    uint8_t mode;
} __attribute__((packed));
_Static_assert(sizeof(struct message_self_test_request) == 1, "SELF_TEST_REQUEST is 1 bytes on the line");

#endif
