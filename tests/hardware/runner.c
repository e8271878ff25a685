/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds a firmware in a simulated ATmega328P at 16 MHz (it links simavr, which is GPL-3.0-or-later).

   runner ELF < script         virtual time: as fast as it goes, the same output for the same script
   runner --pty ELF            real time: prints the name of a pty, then takes "pin NAME LEVEL" lines at once

   Script lines, times in microseconds since power-up, in any order; those of one time run in their order:
     T pin D4 1      an input becomes high
     T rx 00038201   bytes reach the UART one after the other at the line's rate
     T reset         the reset button
     T end
   Output lines: "T tx HH" at each byte the firmware gives to the line, "T pin B2 1" at each change of a cue pin, and at
   the end "T stack N": bytes of RAM above the longest stretch that was never written. */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <avr_extint.h>
#include <avr_ioport.h>
#include <avr_uart.h>
#include <sim_avr.h>
#include <sim_elf.h>

#define MHZ 16
#define BYTE_CYCLES (MHZ * 1000000ULL * 10 / 115200)
#define PACE_BYTES 12

enum what { PIN, RX, RESET, END };

struct entry {
    avr_cycle_count_t at;
    size_t line;
    enum what what;
    char port;
    uint8_t pin, value;
};

static struct entry *script;
static size_t n_entries, next_entry;
static avr_t *avr;
static struct avr_ioport_external_t inputs[2] = {{.name = 'B'}, {.name = 'D'}};
static bool reset_asked, ended;
static int pty_master = -1;

static void fail(const char *what)
{
    fprintf(stderr, "runner: %s\n", what);
    exit(2);
}

static void append(struct entry entry)
{
    static size_t room;
    if (n_entries == room) {
        room = room ? 2 * room : 1024;
        script = realloc(script, room * sizeof *script);
        if (!script)
            fail("out of memory");
    }
    script[n_entries++] = entry;
}

static void append_bytes(struct entry entry, const char *hex)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2, entry.at += BYTE_CYCLES) {
        entry.value = (uint8_t)byte;
        append(entry);
    }
}

static void read_line(const char *line, size_t number)
{
    double us;
    char what[8], rest[4096] = "";
    if (sscanf(line, "%lf %7s %4095[^\n]", &us, what, rest) < 2)
        fail("a script line is 'TIME WHAT ...'");
    struct entry entry = {.at = (avr_cycle_count_t)llround(us * MHZ), .line = number};
    if (!strcmp(what, "pin") && sscanf(rest, "%c%hhu %hhu", &entry.port, &entry.pin, &entry.value) == 3)
        entry.what = PIN, append(entry);
    else if (!strcmp(what, "rx"))
        entry.what = RX, append_bytes(entry, rest);
    else if (!strcmp(what, "reset"))
        entry.what = RESET, append(entry);
    else if (!strcmp(what, "end"))
        entry.what = END, append(entry);
    else
        fail("a script line says 'pin', 'rx', 'reset' or 'end'");
}

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static void read_script(void)
{
    char line[8192];
    for (size_t number = 0; fgets(line, sizeof line, stdin); number++)
        read_line(line, number);
    qsort(script, n_entries, sizeof *script, by_time);
    if (!n_entries || script[n_entries - 1].what != END)
        fail("the script's last line in time must be 'end'");
}

/* The level is told as an external one too: else the simulator pulls the pin up whenever the port is written. */
static void set_pin(char port, uint8_t pin, uint8_t level)
{
    struct avr_ioport_external_t *input = &inputs[port == 'D'];
    input->mask |= 1 << pin;
    input->value = level ? input->value | 1 << pin : input->value & ~(1 << pin);
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL(port), input);
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), pin), level);
}

static void receive(uint8_t byte)
{
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), byte);
}

static void play(const struct entry *entry)
{
    switch (entry->what) {
    case PIN: set_pin(entry->port, entry->pin, entry->value); break;
    case RX: receive(entry->value); break;
    case RESET: reset_asked = true; break;
    case END: ended = true; break;
    }
}

static avr_cycle_count_t play_due(avr_t *mcu, avr_cycle_count_t when, void *unused)
{
    (void)when, (void)unused;
    while (next_entry < n_entries && script[next_entry].at <= mcu->cycle)
        play(&script[next_entry++]);
    return next_entry < n_entries && !reset_asked ? script[next_entry].at : 0;
}

static void schedule(void)
{
    if (next_entry >= n_entries)
        return;
    avr_cycle_count_t at = script[next_entry].at;
    avr_cycle_timer_register(avr, at > avr->cycle ? at - avr->cycle : 1, play_due, NULL);
}

static void sent(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq, (void)unused;
    uint8_t byte = (uint8_t)value;
    if (pty_master < 0)
        printf("%.4f tx %02x\n", (double)avr->cycle / MHZ, byte);
    else if (write(pty_master, &byte, 1) != 1)
        fail("the pty does not take a byte");
}

static void cue_pin(struct avr_irq_t *irq, uint32_t value, void *name)
{
    if (irq->value != value && pty_master < 0)
        printf("%.4f pin %s %u\n", (double)avr->cycle / MHZ, (const char *)name, value & 1);
}

static void no_sleep(avr_t *mcu, avr_cycle_count_t cycles)
{
    (void)mcu, (void)cycles;
}

/* simavr speaks on stdout while it loads; the output of the run begins after it. */
static void load(const char *path)
{
    static elf_firmware_t firmware;
    int out = dup(STDOUT_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    avr = avr_make_mcu_by_name("atmega328p");
    if (!avr || avr_init(avr) || elf_read_firmware(path, &firmware))
        fail("the firmware cannot be loaded");
    firmware.frequency = MHZ * 1000000;
    avr_load_firmware(avr, &firmware);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
}

/* Idle sleep must not wait for real time, the UART must neither print lines nor slow polling, and a low level on
   D2 or D3 (unused external interrupts) must not be looked at in every cycle. */
static void quicken(void)
{
    uint32_t flags = 0;
    avr->sleep = no_sleep;
    avr->run_cycle_limit = 100000;
    avr_extint_set_strict_lvl_trig(avr, 0, 0);
    avr_extint_set_strict_lvl_trig(avr, 1, 0);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
}

static void wire(void)
{
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), sent, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 2), cue_pin, "B2");
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 3), cue_pin, "B3");
}

/* A reset clears the inputs' register but not what the simulator last told it, and it tells only changes. */
static void drive_again(char port, uint8_t pin)
{
    uint8_t level = inputs[port == 'D'].value >> pin & 1;
    set_pin(port, pin, !level);
    set_pin(port, pin, level);
}

static void drive_beams(void)
{
    for (uint8_t pin = 2; pin < 8; pin++)
        drive_again('D', pin);
    for (uint8_t pin = 0; pin < 2; pin++)
        drive_again('B', pin);
}

/* A reset forgets the simulator's timers and starts its cycles anew or not, by version: the script's go on. */
static void reset(void)
{
    avr_cycle_count_t now = avr->cycle;
    reset_asked = false;
    avr_reset(avr);
    avr->cycle = now;
    quicken();
    drive_beams();
}

#define RAM_START 0x100
#define FILL 0xA5

static void fill_ram(void)
{
    memset(avr->data + RAM_START, FILL, avr->ramend + 1 - RAM_START);
}

static void tell_stack(void)
{
    unsigned longest = 0, end = RAM_START;
    for (unsigned from = RAM_START, at = RAM_START; at <= avr->ramend; at++) {
        if (avr->data[at] != FILL)
            from = at + 1;
        else if (at + 1 - from > longest)
            longest = at + 1 - from, end = at + 1;
    }
    printf("%.4f stack %u\n", (double)avr->cycle / MHZ, avr->ramend + 1 - end);
}

static void run_script(void)
{
    fill_ram();
    schedule();
    while (!ended) {
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed)
            fail("the firmware stopped");
        if (reset_asked) {
            reset();
            schedule();
        }
    }
    tell_stack();
}

static void take_command(void)
{
    char line[64], port;
    uint8_t pin, level;
    if (!fgets(line, sizeof line, stdin))
        clearerr(stdin);
    else if (sscanf(line, "pin %c%hhu %hhu", &port, &pin, &level) == 3)
        set_pin(port, pin, level);
    else if (!strncmp(line, "reset", 5))
        reset_asked = true;
    else if (!strncmp(line, "end", 3))
        ended = true;
}

/* When real time will have come to a cycle. */
static struct timespec real_time_of(avr_cycle_count_t cycle)
{
    static struct timespec start;
    if (!start.tv_sec)
        clock_gettime(CLOCK_MONOTONIC, &start);
    int64_t ns = start.tv_nsec + (int64_t)(cycle * 1000 / MHZ);
    return (struct timespec){start.tv_sec + ns / 1000000000, ns % 1000000000};
}

static bool is_past(struct timespec due)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec != due.tv_sec ? now.tv_sec > due.tv_sec : now.tv_nsec > due.tv_nsec;
}

/* On a busy machine the simulator is held up and then catches up. A board never is: what reached it meanwhile would
   bear a stamp of the past. So nothing reaches the firmware before it has caught up: it is late, as on a slow line. */
static avr_cycle_count_t live(avr_t *mcu, avr_cycle_count_t when, void *unused)
{
    static unsigned count;
    (void)unused;
    uint8_t byte;
    struct timespec due = real_time_of(mcu->cycle);
    if (is_past(due))
        return when + BYTE_CYCLES;
    if (read(pty_master, &byte, 1) == 1)
        receive(byte);
    if (++count % PACE_BYTES == 0) {
        take_command();
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    return when + BYTE_CYCLES;
}

static void run_live(void)
{
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    avr_cycle_timer_register(avr, BYTE_CYCLES, live, NULL);
    while (!ended) {
        avr_run(avr);
        if (reset_asked) {
            reset();
            avr_cycle_timer_register(avr, BYTE_CYCLES, live, NULL);
        }
    }
}

/* The slave end stays open here, so that bytes are kept while nobody listens. */
static void open_pty(void)
{
    int slave;
    char name[128];
    struct termios raw = {0};
    cfmakeraw(&raw);
    if (openpty(&pty_master, &slave, name, &raw, NULL))
        fail("no pty");
    fcntl(pty_master, F_SETFL, O_NONBLOCK);
    printf("%s\n", name);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    bool is_live = argc == 3 && !strcmp(argv[1], "--pty");
    if (argc != 2 && !is_live)
        fail("usage: runner [--pty] ELF");
    if (!is_live)
        read_script();
    load(argv[argc - 1]);
    quicken();
    wire();
    drive_beams();
    if (is_live)
        open_pty(), run_live();
    else
        run_script();
    return 0;
}
