# SPDX-License-Identifier: MIT
# Makes the list of keys of the manual page from `dsmr check --sample`: a description, what is allowed,
# and the key, as three lines, with an empty line before them.
function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/…/, "...", text)
    sub(/^['.]/, "\\\\\\&&", text)
    return text
}
/^$/ { description = ""; next }
/^# allowed: / { allowed = substr($0, 12); next }
/^# / { description = substr($0, 3); next }
/^#?[A-Za-z]/ && description != "" {
    line = $0
    sub(/^#/, "", line)
    key = line
    sub(/=.*/, "", key)
    value = substr(line, length(key) + 2)
    printf ".TP\n.B %s\n%s.\n.br\nAllowed: %s\n", roff(key), roff(description), roff(allowed)
    if (value != "" && key != "port")
        printf ".br\nWithout it: %s\n", roff(value)
    description = ""
}
