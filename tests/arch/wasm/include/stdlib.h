/* SPDX-License-Identifier: MIT */
#ifndef DSMR_TESTS_WASM_STDLIB_H
#define DSMR_TESTS_WASM_STDLIB_H

void free(void *memory);

#endif
