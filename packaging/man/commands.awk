# SPDX-License-Identifier: MIT
# Makes the list of commands of the manual page from `dsmr --help`.
/^  [a-z]+ +[a-z]/ {
    command = $1
    sub(/^ *[a-z]+ +/, "")
    gsub(/-/, "\\-")
    printf ".TP\n.B dsmr %s\n%s\n", command, $0
}
