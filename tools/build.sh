#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds targets in build/: with a moving line on a terminal, silent elsewhere unless something is wrong.
#
#   tools/build.sh TARGET…
export LC_ALL=C.UTF-8
if [ -t 1 ]; then
    exec ninja -C build "$@"
fi
if ! log=$(ninja -C build "$@" 2>&1); then
    printf '%s\n' "$log"
    exit 1
fi
case $log in
*warning:*) printf '%s\n' "$log" ;;
esac
