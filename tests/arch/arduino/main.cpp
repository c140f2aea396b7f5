/* SPDX-License-Identifier: MIT */
/* Runs the sketch until its meter has nothing more to say. */
#include "p1_meter.ino"

int main()
{
    for (setup(); Serial1.available() > 0;)
        loop();
    return 0;
}
