/* SPDX-License-Identifier: MIT */
/* dsmr.cfg: the old binding's file as its manual has it, the keys beside it, and every way to get
 * it wrong. */
#include "config/config.h"
#include "config/line_settings.h"
#include "core/memory.h"
#include "told.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the tests read. */
struct reading {
    struct config config;
    struct complaints complaints;
};

static struct reading read_bytes(const char *text, size_t size)
{
    struct reading reading = {0};
    config_init(&reading.config);
    config_read_text(&reading.config, "dsmr.cfg", text, size, &reading.complaints);
    return reading;
}

static struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void forget(struct reading *reading)
{
    config_free(&reading->config);
    complaints_free(&reading->complaints);
}

/* Reads the text, and fails when the complaints are others or the severities do not add up. */
static void assert_complaints(const char *text, size_t errors, size_t mistakes, const char *told)
{
    struct reading reading = read_text(text);
    assert_int_equal(reading.complaints.errors, errors);
    assert_int_equal(reading.complaints.mistakes, mistakes);
    assert_told(&reading.complaints, told);
    forget(&reading);
}

/* The text of the key must be this, NULL for none, and nothing may be complained about. */
static void assert_value(const char *text, enum config_key key, const char *value)
{
    struct reading reading = read_text(text);
    assert_told(&reading.complaints, "");
    const char *found = config_text(&reading.config, key);
    if (value == NULL)
        assert_null(found);
    else
        assert_string_equal(found != NULL ? found : "(nothing)", value);
    forget(&reading);
}

static void test_manual_configuration(void **state)
{
    (void)state;
    struct reading reading = read_text("port=/dev/ttyUSB0\n"
                                       "gas.channel=1\n"
                                       "water.channel=2\n"
                                       "heating.channel=3\n"
                                       "cooling.channel=4\n"
                                       "generic.channel=5\n"
                                       "slaveelectricity.channel=6\n");
    assert_told(&reading.complaints, "");
    static const enum config_key keys[] = {
        CONFIG_GAS_CHANNEL,     CONFIG_WATER_CHANNEL,   CONFIG_HEATING_CHANNEL,
        CONFIG_COOLING_CHANNEL, CONFIG_GENERIC_CHANNEL, CONFIG_SLAVE_ELECTRICITY_CHANNEL};
    assert_string_equal(config_text(&reading.config, CONFIG_PORT), "/dev/ttyUSB0");
    for (size_t i = 0; i < 6; i++) {
        assert_true(config_is_set(&reading.config, keys[i]));
        assert_int_equal(config_number(&reading.config, keys[i]), i + 1);
        assert_int_equal(reading.config.values[keys[i]].line, i + 2);
    }
    assert_string_equal(reading.config.file, "dsmr.cfg");
    forget(&reading);
}

static void test_nothing_set_is_default(void **state)
{
    (void)state;
    struct reading reading = read_text("");
    assert_told(&reading.complaints, "");
    assert_null(config_text(&reading.config, CONFIG_PORT));
    assert_null(config_text(&reading.config, CONFIG_GAS_CHANNEL));
    assert_false(config_is_set(&reading.config, CONFIG_LOG_LEVEL));
    assert_string_equal(config_text(&reading.config, CONFIG_LOG_LEVEL), "info");
    assert_int_equal(config_number(&reading.config, CONFIG_LOG_LEVEL), 2);
    assert_string_equal(config_text(&reading.config, CONFIG_OPENHAB_UPDATE), "every");
    forget(&reading);
}

static void test_forms_of_a_line(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "port=/dev/ttyUSB0",
        "port = /dev/ttyUSB0 ",
        "  \tport\t=\t/dev/ttyUSB0\t \n",
        "port=/dev/ttyUSB0\r\n",
        "\xEF\xBB\xBFport=/dev/ttyUSB0\n",
        "dsmr:port=/dev/ttyUSB0",
        " dsmr : port = /dev/ttyUSB0",
        "org.openhab.dsmr:port=/dev/ttyUSB0",
        "# port=/dev/ttyS0\n\n \t\n   # another\nport=/dev/ttyUSB0",
        "! as in Java's properties\nport=/dev/ttyUSB0",
        "pid:dsmr\nport=/dev/ttyUSB0",
        "# a comment\n\npid : org.openhab.dsmr\r\nport=/dev/ttyUSB0",
        "pid=dsmr\nport=/dev/ttyUSB0",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_value(forms[i], CONFIG_PORT, "/dev/ttyUSB0");
}

static void test_values_may_hold_signs(void **state)
{
    (void)state;
    assert_value("port=tcp://meter.local:2000", CONFIG_PORT, "tcp://meter.local:2000");
    assert_value("dsmr:port=tcp://[fe80::1%eth0]:2000", CONFIG_PORT, "tcp://[fe80::1%eth0]:2000");
    assert_value("port=simulated:", CONFIG_PORT, "simulated:");
    assert_value("port=/dev/serial/by-id/usb-FTDI_a=b:c#d", CONFIG_PORT,
                 "/dev/serial/by-id/usb-FTDI_a=b:c#d");
    assert_value("openhab.token=oh.dsmr.a=b#c:d", CONFIG_OPENHAB_TOKEN, "oh.dsmr.a=b#c:d");
    assert_value("openhab.items=/etc/m\xC3\xA9ter/my items", CONFIG_OPENHAB_ITEMS,
                 "/etc/m\xC3\xA9ter/my items");
}

static void test_empty_value_is_unset(void **state)
{
    (void)state;
    assert_value("gas.channel=", CONFIG_GAS_CHANNEL, NULL);
    assert_value("port =  \r\n", CONFIG_PORT, NULL);
    assert_value("log.level=", CONFIG_LOG_LEVEL, "info");
    struct reading reading = read_text("gas.channel=1\ngas.channel=\n");
    assert_false(config_is_set(&reading.config, CONFIG_GAS_CHANNEL));
    assert_null(config_text(&reading.config, CONFIG_GAS_CHANNEL));
    forget(&reading);
}

static void test_every_key_has_its_place(void **state)
{
    (void)state;
    assert_value("dsmr:portsettings=9600 7E1", CONFIG_PORT_SETTINGS, "9600 7E1");
    assert_value("zone=Europe/Brussels", CONFIG_ZONE, "Europe/Brussels");
    assert_value("log.level=debug", CONFIG_LOG_LEVEL, "debug");
    assert_value("openhab.url=http://localhost:8080", CONFIG_OPENHAB_URL, "http://localhost:8080");
    assert_value("openhab.url=https://[::1]:8443/", CONFIG_OPENHAB_URL, "https://[::1]:8443/");
    assert_value("openhab.url=http://me:secret@host/base", CONFIG_OPENHAB_URL,
                 "http://me:secret@host/base");
    assert_value("openhab.update=change", CONFIG_OPENHAB_UPDATE, "change");
    struct reading reading = read_text("log.level=debug\nopenhab.update=change\ngas.channel=+04\n");
    assert_int_equal(config_number(&reading.config, CONFIG_LOG_LEVEL), 3);
    assert_int_equal(config_number(&reading.config, CONFIG_OPENHAB_UPDATE), 1);
    assert_int_equal(config_number(&reading.config, CONFIG_GAS_CHANNEL), 4);
    forget(&reading);
}

static void test_bad_channel_is_ignored(void **state)
{
    (void)state;
    static const char allowed[] = " is not allowed; allowed: the M-Bus channel, 1 to 9";
    static const char *const bad[] = {"one", "1.0", "-1", "0", "10", "1x", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text = memory_print("port=/dev/ttyUSB0\ngas.channel=%s\n", bad[i]);
        char *told =
            memory_print("dsmr.cfg:2: error: key 'gas.channel': value '%s'%s\n", bad[i], allowed);
        assert_complaints(text, 0, 1, told);
        struct reading reading = read_text(text);
        assert_false(config_is_set(&reading.config, CONFIG_GAS_CHANNEL));
        forget(&reading);
        free(text);
        free(told);
    }
    assert_complaints("gas.channel=2 # the gas meter\n", 0, 1,
                      "dsmr.cfg:1: error: key 'gas.channel': value '2 # the gas meter' is not "
                      "allowed; allowed: the M-Bus channel, 1 to 9; did you mean '2'?\n");
}

static void test_bad_portsettings_are_ignored(void **state)
{
    (void)state;
    assert_complaints("port=/dev/ttyUSB0\nportsettings=115200,8N1", 0, 1,
                      "dsmr.cfg:2: error: key 'portsettings': value '115200,8N1' is not allowed; "
                      "allowed: speed, data bits, parity and stop bits: 115200 8N1 or 9600 7E1\n");
}

static void test_bad_values_of_other_keys_are_errors(void **state)
{
    (void)state;
    assert_complaints(
        "port=\"/dev/ttyUSB0\"", 1, 0,
        "dsmr.cfg:1: error: key 'port': value '\"/dev/ttyUSB0\"' is not allowed; "
        "allowed: a device (/dev/ttyUSB0), auto, tcp://host:port, rfc2217://host:port, "
        "mqtt://host/topic, pipe:/path, file:/path, - or simulated:; "
        "did you mean '/dev/ttyUSB0'?\n");
    assert_complaints(
        "port=ttyUSB0", 1, 0,
        "dsmr.cfg:1: error: key 'port': value 'ttyUSB0' is not allowed; "
        "allowed: a device (/dev/ttyUSB0), auto, tcp://host:port, rfc2217://host:port, "
        "mqtt://host/topic, pipe:/path, file:/path, - or simulated:; "
        "did you mean '/dev/ttyUSB0'?\n");
    assert_complaints("log.level=inof", 1, 0,
                      "dsmr.cfg:1: error: key 'log.level': value 'inof' is not allowed; "
                      "allowed: error warn info debug; did you mean 'info'?\n");
    assert_complaints("openhab.url=localhost:8080", 1, 0,
                      "dsmr.cfg:1: error: key 'openhab.url': value 'localhost:8080' is not "
                      "allowed; allowed: http://host:8080 or https://host:8443; did you mean "
                      "'http://localhost:8080'?\n");
    assert_complaints("zone=Amsterdam", 1, 0,
                      "dsmr.cfg:1: error: key 'zone': value 'Amsterdam' is not allowed; allowed: "
                      "a time zone such as Europe/Amsterdam or Europe/Brussels\n");
}

static void test_ports_and_urls_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "port=/",
        "port=/dev/",
        "port=COM3",
        "port=tcp://host",
        "port=tcp://host:0",
        "port=tcp://host:65536",
        "port=tcp://host:123456",
        "port=tcp://:2000",
        "port=tcp://ho st:2000",
        "port=tcp://[::1:2000",
        "port=tcp://[]:2000",
        "port=tcp:host:2000",
        "port=tcp://host:2000/x",
        "port=/dev/tty\x01",
        "port=simulated: x",
        "openhab.url=http://",
        "openhab.url=http://:8080",
        "openhab.url=http://host:x",
        "openhab.url=http://a b",
        "openhab.url=http://host/?x",
        "openhab.url=ftp://host",
        "openhab.url=http:host",
        "openhab.token=oh.a\rb",
        "openhab.token=oh. a",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct reading reading = read_text(bad[i]);
        if (reading.complaints.errors != 1 || reading.complaints.count != 1)
            fail_msg("'%s' is taken", bad[i]);
        assert_false(config_is_set(&reading.config, CONFIG_PORT));
        assert_false(config_is_set(&reading.config, CONFIG_OPENHAB_URL));
        assert_false(config_is_set(&reading.config, CONFIG_OPENHAB_TOKEN));
        forget(&reading);
    }
}

static void test_secrets_are_not_shown(void **state)
{
    (void)state;
    struct reading reading = read_text("openhab.token=oh.geheim x\n"
                                       "openhab.token oh.geheim\n"
                                       "openhab.token:oh.geheim\n"
                                       "openhab.tokn=oh.geheim\n"
                                       "mqtt:password=geheim\n"
                                       "openhab.url=http://me:geheim@ho st/\n");
    assert_int_equal(reading.complaints.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_null(strstr(reading.complaints.at[i].text, "geheim"));
    forget(&reading);
}

static void test_unknown_key_gets_the_nearest(void **state)
{
    (void)state;
    assert_complaints("prot=/dev/ttyUSB0\n", 1, 0,
                      "dsmr.cfg:1: error: key 'prot' is unknown; did you mean 'port'?\n");
    assert_complaints("Gas.Channel=1\n", 1, 0,
                      "dsmr.cfg:1: error: key 'Gas.Channel' is unknown; did you mean "
                      "'gas.channel'?\n");
    assert_complaints("refresh=10\n", 1, 0,
                      "dsmr.cfg:1: error: key 'refresh' is unknown; dsmr check --sample lists all "
                      "keys\n");
    assert_complaints("=10\n", 1, 0,
                      "dsmr.cfg:1: error: key '' is unknown; dsmr check --sample lists all keys\n");
}

static void test_line_that_is_no_setting(void **state)
{
    (void)state;
    assert_complaints("port /dev/ttyUSB0\n", 1, 0,
                      "dsmr.cfg:1: error: 'port': no = in this line; allowed: key=value, or # and "
                      "a comment\n");
}

static void test_key_given_twice(void **state)
{
    (void)state;
    static const char text[] = "gas.channel=1\nport=/dev/ttyUSB0\ngas.channel=2\n";
    assert_complaints(text, 0, 1,
                      "dsmr.cfg:3: error: key 'gas.channel' stands in line 1 already; the later "
                      "line counts\n");
    struct reading reading = read_text(text);
    assert_int_equal(config_number(&reading.config, CONFIG_GAS_CHANNEL), 2);
    forget(&reading);
}

/* Lines for several hubs, copied from the README, say some things more than once. */
static void test_line_that_stands_there_twice(void **state)
{
    (void)state;
    assert_complaints("mqtt.url=mqtt://b\nmqtt.url = mqtt://b \n", 0, 0, "");
    assert_complaints("mqtt.url=mqtt://b\nmqtt.url=mqtt://b\nmqtt.url=mqtt://c\n", 0, 1,
                      "dsmr.cfg:3: error: key 'mqtt.url' stands in line 1 already; the later line "
                      "counts\n");
}

/* A path is kept as a whole one, and is the same all the same. */
static void test_path_that_stands_there_twice(void **state)
{
    static const char text[] = "mqtt.url=mqtt://b\nmqtt.spool=waiting\nmqtt.spool=waiting\n"
                               "mqtt.spool=/srv/house/waiting\n";
    struct config config;
    struct complaints complaints = {0};
    (void)state;
    config_init(&config);
    config_read_text(&config, "/srv/house/dsmr.cfg", text, strlen(text), &complaints);
    assert_told(&complaints, "");
    assert_string_equal(config_text(&config, CONFIG_MQTT_SPOOL), "/srv/house/waiting");
    config_free(&config);
}

static void test_two_kinds_on_one_channel(void **state)
{
    (void)state;
    assert_complaints("gas.channel=1\nwater.channel=2\nheating.channel=1\n", 0, 0,
                      "dsmr.cfg:3: warning: key 'heating.channel': value '1' is the channel of "
                      "'gas.channel' too (line 1); one channel has one device\n");
    assert_complaints("heating.channel=1\ngas.channel=1\n", 0, 0,
                      "dsmr.cfg:2: warning: key 'gas.channel': value '1' is the channel of "
                      "'heating.channel' too (line 1); one channel has one device\n");
}

static void test_keys_without_effect(void **state)
{
    (void)state;
    assert_complaints("electricity.channel=0\ninvalid=x\n", 0, 0,
                      "dsmr.cfg:1: warning: key 'electricity.channel': without effect: the "
                      "electricity meter is always channel 0\n"
                      "dsmr.cfg:2: warning: key 'invalid': without effect\n");
}

static void test_settings_of_other_services(void **state)
{
    (void)state;
    assert_complaints("mqtt:url=tcp://host\nport=/dev/ttyUSB0\n", 0, 0,
                      "dsmr.cfg:1: warning: key 'mqtt:url' is a setting of the service 'mqtt' and "
                      "not read\n");
    assert_complaints("dsrm:port=/dev/ttyUSB0\n", 1, 0,
                      "dsmr.cfg:1: error: key 'dsrm:port' is a setting of the service 'dsrm' and "
                      "not read; did you mean 'dsmr:'?\n");
    assert_complaints("pid:mqtt\nport=/dev/ttyUSB0\n", 1, 0,
                      "dsmr.cfg:1: error: the file says that it is for the service 'mqtt'; "
                      "allowed: pid:dsmr\n");
    assert_complaints("port=/dev/ttyUSB0\npid=dsmr\n", 1, 0,
                      "dsmr.cfg:2: error: key 'pid' is unknown; dsmr check --sample lists all "
                      "keys\n");
}

static void test_the_one_file_of_openhab_1(void **state)
{
    (void)state;
    static const char text[] = "folder:items=10,items\n"
                               "port=8080\n"
                               "nonsense\n"
                               "mqtt:broker.url=tcp://localhost:1883\n"
                               "# dsmr:port=/dev/ttyS0\n"
                               "dsmr:port=/dev/ttyUSB0\n"
                               "dsmr:gas.channel=2\n";
    struct reading reading = {0};
    config_init(&reading.config);
    config_read_text(&reading.config, "/etc/openhab/configurations/openhab.cfg", text,
                     sizeof text - 1, &reading.complaints);
    assert_told(&reading.complaints, "");
    assert_string_equal(config_text(&reading.config, CONFIG_PORT), "/dev/ttyUSB0");
    assert_int_equal(config_number(&reading.config, CONFIG_GAS_CHANNEL), 2);
    forget(&reading);
}

static void test_what_is_right_is_taken_beside_what_is_wrong(void **state)
{
    (void)state;
    struct reading reading = read_text("port=/dev/ttyUSB0\nnonsense\ngas.channel=x\n"
                                       "water.channel=2\n");
    assert_int_equal(reading.complaints.count, 2);
    assert_string_equal(config_text(&reading.config, CONFIG_PORT), "/dev/ttyUSB0");
    assert_int_equal(config_number(&reading.config, CONFIG_WATER_CHANNEL), 2);
    forget(&reading);
}

static void test_binary_file(void **state)
{
    (void)state;
    static const char text[] = "# x\np\0o\0r\0t\0=\0";
    struct reading reading = read_bytes(text, sizeof text - 1);
    assert_int_equal(reading.complaints.errors, 1);
    assert_told(&reading.complaints,
                "dsmr.cfg:2: error: a NUL byte: this is no text file, or one in "
                "UTF-16; save it as UTF-8\n");
    assert_null(config_text(&reading.config, CONFIG_PORT));
    forget(&reading);
}

static void test_noise_ends_after_a_hundred_mistakes(void **state)
{
    (void)state;
    char text[2000];
    memset(text, '\n', sizeof text);
    for (size_t i = 0; i < sizeof text; i += 2)
        text[i] = 'x';
    struct reading reading = read_bytes(text, sizeof text);
    assert_int_equal(reading.complaints.count, 101);
    assert_string_equal(reading.complaints.at[100].text,
                        "too many mistakes: the rest was not read");
    assert_int_equal(reading.complaints.at[100].line, 100);
    forget(&reading);
}

/* A folder of our own, with nothing in it. */
static char *new_folder(void)
{
    char *folder = memory_text("/tmp/dsmr-config-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* Reads path and expects one complaint, that it cannot be read, with these words. */
static void assert_unreadable(const char *path, const char *why)
{
    struct reading reading = {0};
    config_init(&reading.config);
    assert_false(config_read(&reading.config, path, &reading.complaints));
    char *told = memory_print("%s: error: %s\n", path, why);
    assert_int_equal(reading.complaints.errors, 1);
    assert_told(&reading.complaints, told);
    free(told);
    forget(&reading);
}

static void test_files_that_cannot_be_read(void **state)
{
    (void)state;
    char *folder = new_folder();
    char *path = memory_print("%s/dsmr.cfg", folder);
    char *below = memory_print("%s/dsmr.cfg/x", folder);
    assert_unreadable(path, "no such file");
    assert_unreadable(folder, "is a folder, not a file");
    assert_unreadable("/dev/null", "is a device or a pipe, not a file");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_unreadable(path, "is a device or a pipe, not a file");
    assert_int_equal(unlink(path), 0);
    write_file(path, "", 0600);
    assert_int_equal(truncate(path, 5 * 1024 * 1024), 0);
    assert_unreadable(path, "is larger than 4 MiB: this cannot be the right file");
    assert_unreadable(below, "no such file");
    if (geteuid() != 0) { /* root may read everything */
        write_file(path, "", 0000);
        assert_unreadable(path, "no permission to read it; give read access to the user that dsmr "
                                "runs as");
    }
    free(below);
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
}

static void test_secret_that_everybody_can_read(void **state)
{
    (void)state;
    char *folder = new_folder();
    char *path = memory_print("%s/dsmr.cfg", folder);
    static const mode_t modes[] = {0644, 0640, 0600};
    for (size_t i = 0; i < 3; i++) {
        write_file(path, "port=/dev/ttyUSB0\nopenhab.token=oh.a.b\n", modes[i]);
        struct reading reading = {0};
        config_init(&reading.config);
        assert_true(config_read(&reading.config, path, &reading.complaints));
        char *told = memory_print("%s:2: warning: key 'openhab.token': every user of this machine "
                                  "can read it; cure: chmod o-r '%s'\n",
                                  path, path);
        assert_told(&reading.complaints, i == 0 ? told : "");
        assert_string_equal(config_text(&reading.config, CONFIG_OPENHAB_TOKEN), "oh.a.b");
        assert_string_equal(reading.config.file, path);
        free(told);
        forget(&reading);
    }
    write_file(path, "port=/dev/ttyUSB0\nopenhab.token=\n", 0644);
    struct reading reading = {0};
    config_init(&reading.config);
    assert_true(config_read(&reading.config, path, &reading.complaints));
    assert_told(&reading.complaints, "");
    forget(&reading);
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(config_place(0), "/etc/dsmr/dsmr.cfg");
    assert_string_equal(config_place(1), "/etc/openhab/services/dsmr.cfg");
    size_t count = 0;
    const char *first = NULL;
    for (; config_place(count) != NULL; count++)
        if (first == NULL && access(config_place(count), F_OK) == 0)
            first = config_place(count);
    assert_true(count >= 2);
    assert_ptr_equal(config_find(), first);
}

static void test_portsettings_syntax(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct line_settings settings;
    } good[] = {
        {"115200 8N1", {115200, 8, 'N', 1}},   {"9600 7E1", {9600, 7, 'E', 1}},
        {"9600 7e1", {9600, 7, 'E', 1}},       {"  300\t \t7o2 ", {300, 7, 'O', 2}},
        {"115200 8n1.5", {115200, 8, 'N', 2}}, {"2400 8E1", {2400, 8, 'E', 1}},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct line_settings got;
        assert_true(line_settings_parse(good[i].text, &got));
        assert_int_equal(got.baud, good[i].settings.baud);
        assert_int_equal(got.bits, good[i].settings.bits);
        assert_int_equal(got.parity, good[i].settings.parity);
        assert_int_equal(got.stop, good[i].settings.stop);
    }
    static const char *const bad[] = {"",
                                      "115200",
                                      "8N1",
                                      "115200 8N",
                                      "115200 8N3",
                                      "115200 9N1",
                                      "115200 6N1",
                                      "115200 8X1",
                                      "1152008N1",
                                      "115200 8N1 x",
                                      "x 115200 8N1",
                                      "115200 8N1.2",
                                      "115201 8N1",
                                      "0 8N1",
                                      "-9600 7E1",
                                      "99999999999999999999 8N1",
                                      "115200 8 N 1",
                                      "115200 8N15"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct line_settings got;
        if (line_settings_parse(bad[i], &got))
            fail_msg("'%s' is taken", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manual_configuration),
        cmocka_unit_test(test_nothing_set_is_default),
        cmocka_unit_test(test_forms_of_a_line),
        cmocka_unit_test(test_values_may_hold_signs),
        cmocka_unit_test(test_empty_value_is_unset),
        cmocka_unit_test(test_every_key_has_its_place),
        cmocka_unit_test(test_bad_channel_is_ignored),
        cmocka_unit_test(test_bad_portsettings_are_ignored),
        cmocka_unit_test(test_bad_values_of_other_keys_are_errors),
        cmocka_unit_test(test_ports_and_urls_that_are_none),
        cmocka_unit_test(test_secrets_are_not_shown),
        cmocka_unit_test(test_unknown_key_gets_the_nearest),
        cmocka_unit_test(test_line_that_is_no_setting),
        cmocka_unit_test(test_key_given_twice),
        cmocka_unit_test(test_line_that_stands_there_twice),
        cmocka_unit_test(test_path_that_stands_there_twice),
        cmocka_unit_test(test_two_kinds_on_one_channel),
        cmocka_unit_test(test_keys_without_effect),
        cmocka_unit_test(test_settings_of_other_services),
        cmocka_unit_test(test_the_one_file_of_openhab_1),
        cmocka_unit_test(test_what_is_right_is_taken_beside_what_is_wrong),
        cmocka_unit_test(test_binary_file),
        cmocka_unit_test(test_noise_ends_after_a_hundred_mistakes),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_secret_that_everybody_can_read),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_portsettings_syntax),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
