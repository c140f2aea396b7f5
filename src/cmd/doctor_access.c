/* SPDX-License-Identifier: MIT */
/* Programs that are known to take serial ports, and what to do about each. */
#include "cmd/doctor_access.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *program;
    const char *advice[2];
} holders[] = {
    {"openHAB",
     {"In openHAB, remove or disable the thing of its own DSMR binding (or another serial binding) "
      "that\nhas the port. Values then come from dsmr by openhab.url= or MQTT.\n",
      "Verwijder in openHAB het thing van de eigen DSMR-binding (of een andere seriële binding) "
      "dat "
      "de\npoort heeft. De waarden komen dan van dsmr via openhab.url= of MQTT.\n"}},
    {"ser2net",
     {"Stop it (sudo systemctl disable --now ser2net), or leave the port to it and read from it:\n"
      "port=tcp://127.0.0.1:NUMBER, as /etc/ser2net.yaml has it.\n",
      "Stop het (sudo systemctl disable --now ser2net), of laat het de poort en lees ervan:\n"
      "port=tcp://127.0.0.1:NUMMER, zoals in /etc/ser2net.yaml.\n"}},
    {"ModemManager",
     {"It takes serial ports for modems: sudo systemctl disable --now ModemManager, or an udev "
      "rule "
      "with\nENV{ID_MM_DEVICE_IGNORE}=\"1\" for this cable.\n",
      "Het houdt seriële poorten voor modems: sudo systemctl disable --now ModemManager, of een\n"
      "udev-regel met ENV{ID_MM_DEVICE_IGNORE}=\"1\" voor deze kabel.\n"}},
    {"getty",
     {"A login prompt of the system is on this port: sudo systemctl disable --now "
      "serial-getty@NAME\n(with NAME as in ttyUSB0), and take console=NAME off the kernel's "
      "command "
      "line; on a Raspberry\nPi: raspi-config, Interface Options, Serial Port.\n",
      "Een login van het systeem zit op deze poort: sudo systemctl disable --now "
      "serial-getty@NAAM\n"
      "(NAAM zoals ttyUSB0), en haal console=NAAM van de opdrachtregel van de kernel; op een "
      "Raspberry\nPi: raspi-config, Interface Options, Serial Port.\n"}},
    {"dsmr (",
     {"That is dsmr itself: it tells what it hears in its log (journalctl -u dsmr). To listen "
      "along,\nset p1.listen=tcp://127.0.0.1:2000 and ask dsmr doctor tcp://127.0.0.1:2000.\n",
      "Dat is dsmr zelf: het zegt in zijn logboek wat het hoort (journalctl -u dsmr). Om mee te\n"
      "luisteren: p1.listen=tcp://127.0.0.1:2000 en dsmr doctor tcp://127.0.0.1:2000.\n"}},
    {"brltty",
     {"It takes cables for Braille displays: sudo systemctl disable --now brltty, or remove it.\n",
      "Het houdt kabels voor brailleleesregels: sudo systemctl disable --now brltty, of verwijder "
      "het.\n"}},
    {"",
     {"Only one program can read a port. Stop the other one; those that need telegrams can have "
      "them\nfrom dsmr (p1.listen=).\n",
      "Maar één programma kan een poort lezen. Stop het andere; wie telegrammen nodig heeft kan "
      "ze\n"
      "van dsmr krijgen (p1.listen=).\n"}},
};

void doctor_access_holder(struct buffer *out, const struct doctor_case *at_hand)
{
    bool suspected = at_hand->reason && strstr(at_hand->reason, "openHAB");
    const char *holder = at_hand->holder ? at_hand->holder : suspected ? "openHAB" : "";
    size_t i = 0;
    while (!strstr(holder, holders[i].program))
        i++;
    buffer_add_text(out, holders[i].advice[at_hand->language]);
}

void doctor_access_name(struct buffer *out, const struct doctor_case *at_hand)
{
    static const char english[] = " (process ";
    const char *holder = at_hand->holder;
    const char *process = strstr(holder, english);
    if (process && at_hand->language == LANGUAGE_DUTCH)
        buffer_print(out, ": %.*s (proces %s", (int)(process - holder), holder,
                     process + strlen(english));
    else
        buffer_print(out, ": %s", holder);
}

void doctor_access_permission(struct buffer *out, const struct doctor_case *at_hand)
{
    bool dutch = at_hand->language == LANGUAGE_DUTCH;
    struct stat facts;
    bool seen = stat(at_hand->port, &facts) == 0;
    const struct group *group = seen ? getgrgid(facts.st_gid) : NULL;
    const struct passwd *user = getpwuid(geteuid());
    const char *name = group ? group->gr_name : "dialout";
    if (!seen || !S_ISCHR(facts.st_mode)) {
        buffer_add_text(out, dutch ? "Geef deze gebruiker leesrecht op dat pad.\n"
                                   : "Give this user the right to read that path.\n");
        return;
    }
    buffer_print(out,
                 dutch ? "De poort is voor de groep %s. Word er lid van:\n"
                         "  sudo usermod -aG %s %s\nen log opnieuw in.\n"
                       : "The port is for the group %s. Become a member:\n"
                         "  sudo usermod -aG %s %s\nand log in again.\n",
                 name, name, user ? user->pw_name : "$USER");
}
