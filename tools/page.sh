#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the page of the web from web/. What it makes is committed, in web/page/, so that nobody needs
# this to build dsmr.
#
#   tools/page.sh build     writes web/page/
#   tools/page.sh check     fails when the sources have a fault, or make something else than is there
#   tools/page.sh picture   draws docs/page.png, the picture of the README, and its Dutch twin, with build/dsmr
set -eu
cd "$(dirname "$0")/.."

# Only when the list of packages is newer than what is installed.
fetch() {
    [ web/node_modules/.package-lock.json -nt web/package-lock.json ] ||
        npm --prefix web ci --ignore-scripts --no-audit --no-fund --loglevel=error
    touch web/node_modules/.package-lock.json
}

case ${1-} in
build | check)
    fetch
    npm --prefix web --silent run "$1"
    ;;
picture)
    fetch
    node tests/web/picture.mjs docs/page.png docs/nl/pagina.png
    ;;
*)
    echo "usage: tools/page.sh build|check|picture" >&2
    exit 2
    ;;
esac
