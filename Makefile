# SPDX-License-Identifier: MIT
# Thin: Meson does the work, in build/. On a fresh Debian or Ubuntu each of these, as the first command,
# installs what is missing (tools/setup.sh).
#
#   make                          builds build/dsmr
#   make run                      shows the built-in simulated meter
#   make run PORT=/dev/ttyUSB0    shows the meter on this port
#   make run PORT=auto            shows the meter on the port that one is found on
#   make test                     runs all tests
#   make bench                    measures the speed
#   make deb                      makes a Debian package, build/deb/dsmr_….deb
#   make install                  installs under PREFIX=/usr/local
#   make format                   formats the sources
#   make catalogue                writes what is made from lib/objects.def: index and documentation
#   make page                     makes the page of the web anew, from web/, and the picture of it
#   make setup                    only installs what is missing
#   make clean                    removes what was built
PORT =
PREFIX = /usr/local
MESON = LC_ALL=C.UTF-8 meson
# Meson's own words are of interest only when it fails.
CONFIGURE = configure() { log=$$($(MESON) setup build "$$@" 2>&1) || { printf '%s\n' "$$log"; exit 1; }; }; configure

.PHONY: all run test bench deb install format catalogue page setup clean need-program need-test need-deb

all: build/build.ninja
	@tools/build.sh dsmr

run: all
	@$(if $(PORT),,echo "No PORT= is given, so this is a simulated meter. A real one: make run PORT=/dev/ttyUSB0")
	@build/dsmr run $(if $(PORT),--port "$(PORT)" --history build/history.db,--port simulated: --history build/simulated.db --past 31)

test: build/tests-enabled
	@tools/build.sh meson-test-prereq
	@python3 tools/run_tests.py build

bench: build/tests-enabled
	@tools/build.sh meson-benchmark-prereq
	@$(MESON) test -C build --no-rebuild --benchmark --verbose

deb: need-deb
	@packaging/build_deb.sh

install: all
	@test "$$(cat build/prefix 2>/dev/null || echo /usr/local)" = "$(PREFIX)" || \
	{ $(CONFIGURE) --reconfigure -Dprefix="$(PREFIX)" && echo "$(PREFIX)" > build/prefix; }
	@$(MESON) install -C build --no-rebuild --quiet
	@echo "Installed $(DESTDIR)$(PREFIX)/bin/dsmr"

format:
	@tools/setup.sh format
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format-14 -i

# The index first: the other program is built with it.
catalogue: build/build.ninja
	@tools/build.sh tools/catalogue_index
	@build/tools/catalogue_index > build/catalogue_index.h
	@cmp -s build/catalogue_index.h lib/catalogue_index.h || cp build/catalogue_index.h lib/
	@tools/build.sh tools/catalogue
	@python3 tools/write_catalogue.py build/tools/catalogue_index build/tools/catalogue

page: all
	@tools/setup.sh web
	@tools/page.sh build
	@tools/build.sh dsmr
	@tools/page.sh picture

setup: need-test

clean:
	rm -rf build build-deb

need-program:
	@tools/setup.sh program

need-test:
	@tools/setup.sh test

need-deb:
	@tools/setup.sh deb

build/build.ninja: | need-program
	@echo "Preparing the build in build/; the first one takes a moment."
	@$(CONFIGURE)

# Where cmocka is missing, as after a plain `make` on a fresh machine, Meson has left the tests out.
build/tests-enabled: | need-test
	@echo "Preparing the tests in build/; the first time takes a moment."
	@$(CONFIGURE) $$(test ! -e build/build.ninja || echo --reconfigure) -Dtests=enabled
	@touch $@
