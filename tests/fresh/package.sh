#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tries the Debian package: `make deb` as the very first command on a fresh machine, then, on another one
# that has never seen a compiler, installs it as a user would and lets the unit's own command, as the
# unit's user, feed a real mosquitto from a simulated port. What is committed is tried. Reports in TAP.
set -u
broker=18830 # port of the broker
# shellcheck source=machine.sh
. "$(dirname "$0")/machine.sh"
enter_namespace "$@"

build_package() {
    local started=$SECONDS status
    log=$work/deb.log
    fresh_machine build || { result 1 'a machine for make deb'; return 1; }
    (on_machine timeout 900 make deb) >"$log" 2>&1 </dev/null
    status=$?
    result $status "make deb ends well after $((SECONDS - started)) s"
    [ "$status" -eq 0 ] || show_log "$log"
    [ "$status" -eq 0 ] && cp "$machine"/root/dsmr/build/deb/dsmr_*.deb "$work/dsmr.deb"
    status=$?
    remove_machine
    return $status
}

# apt COMMAND…: as a user would, who answers every question with yes.
apt() {
    (on_machine env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends "$@") \
        2>&1 </dev/null
}

install_package() {
    log=$work/install.log
    bare_machine user || { result 1 'a machine for the package'; return 1; }
    cp "$work/dsmr.deb" "$machine/root/dsmr/"
    apt update >"$log" && apt install systemd udev mosquitto mosquitto-clients >"$log"
    result $? 'mosquitto, systemd and udev are there'
    apt install ./dsmr.deb >"$log"
    result $? 'the package installs with what it depends on'
    [ "$failed" -eq 0 ] || { show_log "$log"; return 1; }
}

look_at_files() {
    (on_machine id dsmr) >/dev/null 2>&1
    result $? 'the user dsmr is there'
    [ "$(on_machine stat -c "'%U:%G %a'" /etc/dsmr/dsmr.cfg)" = 'root:dsmr 640' ]
    result $? 'only root and dsmr can read the configuration'
    (on_machine dsmr check) >"$log" 2>&1
    result $? 'the configuration is right as it is'
    grep -q '^port=/dev/p1$' "$machine/etc/dsmr/dsmr.cfg"
    result $? 'its port is /dev/p1'
    [ -L "$machine/etc/systemd/system/multi-user.target.wants/dsmr.service" ]
    result $? 'the unit is enabled'
    (on_machine systemd-analyze verify --man=no dsmr.service) >"$log" 2>&1
    [ $? -eq 0 ] && [ ! -s "$log" ]
    result $? 'systemd finds nothing wrong with the unit'
    [ ! -s "$log" ] || show_log "$log"
    (on_machine systemd-analyze security --no-pager --offline=yes --threshold=25 dsmr.service) \
        >"$log" 2>&1
    result $? 'it exposes less than 2.5 of 10 by systemd'"'"'s count'
    [ -x "$machine/usr/lib/dsmr/only-usb-serial" ] && [ -e "$machine/lib/udev/rules.d/60-dsmr.rules" ]
    result $? 'the udev rule is there'
    zcat "$machine/usr/share/man/man1/dsmr.1.gz" | grep -q '^\.B openhab.url$'
    result $? 'the manual page has the keys'
}

# The command of the unit, as its user and in its groups.
start_unit() {
    local command
    command=$(sed -n 's/^ExecStart=//p' "$machine/lib/systemd/system/dsmr.service")
    mkdir -p "$machine/var/lib/dsmr" "$machine/run/dsmr"
    chroot "$machine" chown dsmr:dsmr /var/lib/dsmr /run/dsmr
    (on_machine setpriv --reuid=dsmr --regid=dsmr --groups=dialout --no-new-privs --bounding-set=-all \
        env STATE_DIRECTORY=/var/lib/dsmr RUNTIME_DIRECTORY=/run/dsmr "$command") \
        >"$work/unit.log" 2>&1 </dev/null &
    unit=$!
}

in_log() {
    grep -q "$1" "$work/unit.log"
}

# wait_for SECONDS CONDITION…
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

# A serial port as the kernel would make it for the cable: of root and the group dialout.
plug_in() {
    (on_machine dsmr simulate --standard 5.0 --pty /dev/p1) >"$work/meter.log" 2>&1 </dev/null &
    meter=$!
    wait_for 10 test -L "$machine/dev/p1" || return 1
    chroot "$machine" sh -c 'chown root:dialout "$(readlink /dev/p1)"; chmod 660 "$(readlink /dev/p1)"'
}

# A broker, and mosquitto_sub that waits for a value of the meter; what it gets goes into $work/power.
start_mosquitto() {
    printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$broker" >"$machine/root/dsmr/broker.conf"
    (on_machine mosquitto -c broker.conf) >"$work/broker.log" 2>&1 </dev/null &
    wait_for 10 bash -c "</dev/tcp/127.0.0.1/$broker" 2>/dev/null || return 1
    (on_machine timeout 60 mosquitto_sub -h 127.0.0.1 -p "$broker" -t dsmr/main/eActualDelivery -C 1) \
        >"$work/power" 2>&1 </dev/null &
    subscriber=$!
}

ends_well() {
    kill -TERM "$unit"
    timeout 2 tail --pid="$unit" -f /dev/null || kill -KILL "$unit"
    wait "$unit"
}

feed_mosquitto() {
    start_unit
    wait_for 10 in_log '/dev/p1'
    result $? "without a cable it waits and says so: $(grep -m1 -o '/dev/p1.*' "$work/unit.log")"
    start_mosquitto
    result $? 'mosquitto is there'
    echo "mqtt.url=mqtt://127.0.0.1:$broker" >>"$machine/etc/dsmr/dsmr.cfg"
    kill -HUP "$unit"
    wait_for 10 in_log 'was read again'
    result $? 'the configuration is read again'
    plug_in
    result $? 'a cable is plugged in'
    wait_for 60 in_log 'main: first telegram'
    result $? 'the port is read'
    wait "$subscriber" && grep -qxE '[0-9]+\.[0-9]+' "$work/power"
    result $? "mosquitto has the power: $(cat "$work/power")"
    ends_well
    result $? 'it ends with status 0 within two seconds of SIGTERM'
    kill -TERM "$meter"
    wait "$meter"
    [ "$failed" -eq 0 ] || show_log "$work/unit.log"
}

# boot MACHINE: becomes a systemd that runs the machine as if it were one, in namespaces of its own.
boot() {
    mount --bind "$1" "$1" &&
        mount -t proc proc "$1/proc" &&
        mount -t sysfs sysfs "$1/sys" &&
        mount -t tmpfs tmpfs "$1/run" &&
        mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup" &&
        mkdir -p "$1/root/outside" &&
        cd "$1" && pivot_root . root/outside && umount -l /root/outside &&
        exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
            --system --log-target=console --show-status=no
}

# in_booted COMMAND…
in_booted() {
    nsenter -t "$booted" --mount --pid --cgroup --ipc --uts "$@"
}

# The process that is systemd inside: the only child of the unshare.
find_booted() {
    booted=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' ')
    [ -n "$booted" ] && [ "$(in_booted systemctl is-system-running 2>/dev/null)" = running ]
}

unit_tells() {
    in_booted systemctl show -P "$1" dsmr.service | grep -qx "$2"
}

try_unit() {
    export -f boot
    unshare --mount --pid --cgroup --ipc --uts --fork --kill-child --propagation private \
        bash -c 'boot "$1"' boot "$machine" >"$work/boot.log" 2>&1 </dev/null &
    outer=$!
    if ! wait_for 30 find_booted; then
        show_log "$work/boot.log" 5
        echo "# systemd cannot be run here: the unit itself was not tried"
        kill -KILL "$outer" 2>/dev/null
        return
    fi
    wait_for 10 unit_tells StatusText 'reading 1 meter'
    result $? 'under systemd the unit is ready, with all that confines it'
    in_booted journalctl -u dsmr -o cat --no-pager | grep -q '/dev/p1 is not there'
    result $? 'and says in the journal that it waits for the cable'
    in_booted systemctl reload dsmr && unit_tells ActiveState active
    result $? 'it can be reloaded'
    in_booted sed -i 's/^port=/#&/' /etc/dsmr/dsmr.cfg
    in_booted systemctl restart dsmr 2>/dev/null
    unit_tells ActiveState failed && unit_tells NRestarts 0 &&
        in_booted journalctl -u dsmr -o cat --no-pager | tail -n 1 | grep -q 'names no port'
    result $? 'without a port in the configuration it says so once, and is not started again and again'
    in_booted sed -i 's/^#port=/port=/' /etc/dsmr/dsmr.cfg
    in_booted systemctl restart dsmr && in_booted systemctl stop dsmr && unit_tells Result success
    result $? 'it starts and stops'
    kill -KILL "$outer"
    wait "$outer" 2>/dev/null
}

install_again() {
    (on_machine dpkg --install ./dsmr.deb) >"$log" 2>&1 </dev/null
    result $? 'the package can be installed over itself'
    grep -q '^mqtt.url=' "$machine/etc/dsmr/dsmr.cfg"
    result $? 'what was changed in the configuration stays'
    [ "$(on_machine stat -c "'%U:%G %a'" /etc/dsmr/dsmr.cfg)" = 'root:dsmr 640' ]
    result $? 'and only root and dsmr can read it'
}

purge() {
    apt purge dsmr >"$log"
    result $? 'the package can be purged'
    local left
    left=$(cd "$machine" && find etc/dsmr var/lib/dsmr lib/systemd usr/lib/dsmr \
        etc/systemd/system/multi-user.target.wants -name '*dsmr*' 2>/dev/null)
    [ -z "$left" ]
    result $? "nothing of it is left: $left"
}

try_package() {
    build_package && install_package || return
    look_at_files
    feed_mosquitto
    try_unit
    install_again
    purge
}

make_base
try_package
echo "1..$tests"
[ "$failed" -eq 0 ]
