#include "boot.h"

#include <avr/eeprom.h>

#include "frame.h"

static uint32_t starts EEMEM;

/* What RAM held at power-up differs from board to board. */
static uint8_t power_up_noise[64] __attribute__((section(".noinit")));

/* The counter tells the starts of one board apart for certain; the noise tells boards apart. */
uint32_t boot_new_id(void)
{
    uint32_t count = eeprom_read_dword(&starts) + 1;
    eeprom_update_dword(&starts, count);
    uint32_t noise = frame_crc(power_up_noise, sizeof power_up_noise);
    return count * 2654435761UL ^ noise << 16;
}
