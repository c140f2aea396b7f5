# SPDX-License-Identifier: MIT
# Makes the list of commands of the manual page from `dsmr --help`: what stands between the line with
# "Usage:" and the next one that is not indented.
function roff(text) {
    gsub(/-/, "\\-", text)
    gsub(/…/, "...", text)
    return text
}
/^Usage:/ { within = 1; next }
within && /^[^ ]/ { exit }
within && /^  [a-z]+ +[a-z]/ && $1 != "dsmr" {
    command = $1
    sub(/^ *[a-z]+ +/, "")
    printf ".TP\n.B dsmr %s\n%s\n", command, roff($0)
    next
}
within && /^          / {
    sub(/^ +/, "")
    print roff($0)
}
