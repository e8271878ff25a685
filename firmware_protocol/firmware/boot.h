/* A number that is another one after every start. */
#ifndef BOOT_H
#define BOOT_H

#include <stdint.h>

/* Takes up to 14 ms: it counts in EEPROM. */
uint32_t boot_new_id(void);

#endif
