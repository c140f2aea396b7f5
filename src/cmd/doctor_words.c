/* SPDX-License-Identifier: MIT */
#include "cmd/doctor_words.h"

#include "cmd/doctor_access.h"

#include <string.h>

enum { SLOWEST_MS = 13000 }; /* longer than any meter's interval */

struct words {
    const char *finding[2]; /* by language */
    const char *advice[2];
};

static const struct words words[VERDICTS] = {
    [VERDICT_WELL] = {{"all is well: telegrams come, and their CRC is right",
                       "alles is goed: er komen telegrammen en hun CRC klopt"},
                      {"", ""}},
    [VERDICT_NO_CRC] =
        {{"all is well, as far as can be told: telegrams come, but without CRC",
          "alles is goed, voor zover te zien is: er komen telegrammen, maar zonder CRC"},
         {"Meters up to DSMR 3.0 send no CRC, so damage on the way cannot be seen for certain.\n"
          "Of a newer meter the CRC is taken away by what is between it and here.\n",
          "Meters tot en met DSMR 3.0 sturen geen CRC; schade onderweg is dus niet zeker te zien.\n"
          "Bij een nieuwere meter haalt iets tussen de meter en deze computer de CRC weg.\n"}},
    [VERDICT_MISSING] =
        {{"there is no such port", "die poort is er niet"},
         {"Plug in the cable, and look for its name: ls /dev/serial/by-id /dev/tty*\n"
          "A name under /dev/serial/by-id stays the same when the number changes.\n"
          "In a container, hand the device on to it (docker: --device).\n",
          "Steek de kabel in en zoek zijn naam: ls /dev/serial/by-id /dev/tty*\n"
          "Een naam onder /dev/serial/by-id blijft gelijk als het nummer "
          "verandert.\n"
          "Geef het apparaat door aan een container (docker: --device).\n"}},
    [VERDICT_FORBIDDEN] = {{"no permission to open it", "geen toestemming om hem te openen"},
                           {"", ""}},
    [VERDICT_TAKEN] = {{"another program has the port, and takes the bytes",
                        "een ander programma heeft de poort en neemt de bytes"},
                       {"", ""}},
    [VERDICT_NO_SERIAL] =
        {{"that is no serial port, and no recording", "dat is geen seriële poort en geen opname"},
         {"Name a serial port (/dev/ttyUSB0), an address (tcp://host:port, rfc2217://host:port) or "
          "a file.\n",
          "Noem een seriële poort (/dev/ttyUSB0), een adres (tcp://host:poort, "
          "rfc2217://host:poort) of een bestand.\n"}},
    [VERDICT_UNREACHABLE] =
        {{"there is no connection", "er is geen verbinding"},
         {"Is the converter on, its address right, and its port open? Many serve one program at a\n"
          "time: stop the other one. A firewall may be in between.\n",
          "Staat de omzetter aan, klopt zijn adres, is zijn poort open? Veel omzetters bedienen "
          "één\n"
          "programma tegelijk: stop het andere. Er kan een firewall tussen zitten.\n"}},
    [VERDICT_UNREADABLE] = {{"the port cannot be opened", "de poort kan niet geopend worden"},
                            {"", ""}},
    [VERDICT_LOST] =
        {{"the port or connection went away while it was listened to",
          "de poort of verbinding viel weg tijdens het luisteren"},
         {"A loose plug, a USB hub without enough power, or a converter that restarts (look at\n"
          "dmesg); or two programs that throw each other out of a converter (ser2net: "
          "kickolduser).\n",
          "Een losse stekker, een USB-hub met te weinig stroom, of een omzetter die herstart (zie\n"
          "dmesg); of twee programma's die elkaar uit een omzetter gooien (ser2net: "
          "kickolduser).\n"}},
    [VERDICT_SILENCE] =
        {{"not a byte came", "er kwam geen enkele byte"},
         {"Meters send by themselves, each 1 to 10 seconds, while the request line is up. In "
          "turn:\n"
          "- Is the plug in the meter's P1 port (not H1 or S1), pushed in till it clicks?\n"
          "- Does the cable drive the request line (pin 2), by +5 V or RTS? Without it no meter "
          "sends.\n"
          "- In Belgium and elsewhere the port is closed until the grid operator opens it, on its\n"
          "  website (Fluvius: Mijn Fluvius; ORES, RESA and Sibelga: theirs).\n"
          "- Does the cable or converter have power? A plug of four contacts brings none.\n"
          "- Try the cable without splitter, and another cable if there is one.\n",
          "Meters sturen uit zichzelf, elke 1 tot 10 seconden, zolang de vraaglijn aan is. Om de "
          "beurt:\n"
          "- Zit de stekker in de P1-poort van de meter (niet H1 of S1), tot hij klikt?\n"
          "- Voedt de kabel de vraaglijn (pen 2), met +5 V of RTS? Zonder dat stuurt geen meter.\n"
          "- In België en elders is de poort dicht tot de netbeheerder hem opent, op zijn website\n"
          "  (Fluvius: Mijn Fluvius; ORES, RESA en Sibelga: de hunne).\n"
          "- Heeft de kabel of omzetter stroom? Een stekker met vier contacten brengt die niet.\n"
          "- Probeer de kabel zonder splitter, en een andere kabel als die er is.\n"}},
    [VERDICT_SILENT_STREAM] =
        {{"connected, but not a byte came", "verbonden, maar er kwam geen enkele byte"},
         {"The other side is there and has nothing to send: look at the cable between it and the\n"
          "meter (request line, P1 port opened by the grid operator), and at whether it serves "
          "another\nprogram. Run dsmr doctor on that machine, if it can run there.\n",
          "De andere kant is er en heeft niets te sturen: kijk naar de kabel tussen hem en de "
          "meter\n"
          "(vraaglijn, P1-poort geopend door de netbeheerder) en of hij een ander programma "
          "bedient.\nDraai dsmr doctor op die machine, als dat kan.\n"}},
    [VERDICT_NO_PIPE] =
        {{"there is no such named pipe", "die named pipe is er niet"},
         {"Make it, and have a program write into it what the meter sends: mkfifo PATH\n"
          "Without one in between, name the port itself: dsmr doctor /dev/ttyUSB0\n",
          "Maak hem, en laat een programma erin schrijven wat de meter stuurt: mkfifo PAD\n"
          "Zonder zo'n programma ertussen: noem de poort zelf, dsmr doctor /dev/ttyUSB0\n"}},
    [VERDICT_SILENT_PIPE] =
        {{"nothing is written into the named pipe", "er wordt niets in de named pipe geschreven"},
         {"Does the program run that writes into it, and does it get telegrams itself? Only one "
          "program\ncan read a pipe: another may have taken the bytes.\n",
          "Draait het programma dat erin schrijft, en krijgt het zelf telegrammen? Maar één "
          "programma\nkan een pipe lezen: een ander kan de bytes genomen hebben.\n"}},
    [VERDICT_NO_INPUT] = {{"standard input ended without a byte",
                           "de standaardinvoer eindigde zonder één byte"},
                          {"Send it what the meter has sent: dsmr doctor - < recorded.bin\n"
                           "To listen to a port, name it: dsmr doctor /dev/ttyUSB0\n",
                           "Geef hem wat de meter gestuurd heeft: dsmr doctor - < opname.bin\n"
                           "Noem een poort om ernaar te luisteren: dsmr doctor /dev/ttyUSB0\n"}},
    [VERDICT_EMPTY] = {{"the recording is empty", "de opname is leeg"},
                       {"Record again while the meter sends; what was recorded is silence: run "
                        "dsmr doctor on the port.\n",
                        "Neem opnieuw op terwijl de meter stuurt; opgenomen is stilte: draai dsmr "
                        "doctor op de poort.\n"}},
    [VERDICT_INVERTED] =
        {{"the signal is inverted (upside down)", "het signaal is geïnverteerd (ondersteboven)"},
         {"A P1 port sends inverted: it takes a P1 cable, which turns the signal round, or an "
          "inverter\nin front of the UART. An FTDI chip can do it itself (FT_PROG: Invert RXD); so "
          "can ESP chips.\n",
          "Een P1-poort stuurt geïnverteerd: er is een P1-kabel nodig, die het signaal omdraait, "
          "of "
          "een\ninverter voor de UART. Een FTDI-chip kan het zelf (FT_PROG: Invert RXD), ESP-chips "
          "ook.\n"}},
    [VERDICT_WRONG_SETTINGS] =
        {{"bytes come, but no text: wrong speed, or nothing but noise",
          "er komen bytes, maar geen tekst: verkeerde snelheid, of niets dan ruis"},
         {"Meters send at 115200 8N1 (DSMR 4 and later) or 9600 7E1 (up to 3.0); dsmr finds that "
          "itself:\nleave portsettings out. Of a converter set the speed to one of these. If both "
          "were tried, the\nsignal is bad: another cable, no splitter, no long lead, a pull-up of "
          "1 kOhm on pin 5.\n",
          "Meters sturen met 115200 8N1 (DSMR 4 en later) of 9600 7E1 (tot 3.0); dsmr vindt dat "
          "zelf:\nlaat portsettings weg. Zet een omzetter op een van deze. Als beide geprobeerd "
          "zijn is het\nsignaal slecht: andere kabel, geen splitter of lange draad, pull-up van 1 "
          "kOhm op pen 5.\n"}},
    [VERDICT_WRONG_PARITY] =
        {{"text comes, but its eighth bit is wrong: wrong parity",
          "er komt tekst, maar het achtste bit is fout: verkeerde pariteit"},
         {"Leave portsettings out: dsmr reads 8N1 and 7E1 by itself. Of a converter set the parity "
          "to\nnone (115200 8N1) or even (9600 7E1). A sender of odd parity: portsettings=9600 "
          "7O1.\n",
          "Laat portsettings weg: dsmr leest 8N1 en 7E1 uit zichzelf. Zet een omzetter op geen\n"
          "pariteit (115200 8N1) of even (9600 7E1). Bij een oneven zender: portsettings=9600 "
          "7O1.\n"}},
    [VERDICT_NO_TELEGRAM] =
        {{"text comes, but no telegram: is that a meter?",
          "er komt tekst, maar geen telegram: is dat een meter?"},
         {"Another device may be on this port (a console, a GPS, a Zigbee stick), or a converter "
          "sends\nits own messages. Have a look: dsmr run -v --port PORT\n",
          "Er zit misschien een ander apparaat op deze poort (console, GPS, Zigbee-stick), of een\n"
          "omzetter stuurt eigen berichten. Kijk zelf: dsmr run -v --port POORT\n"}},
    [VERDICT_NOISE] = {{"telegrams are damaged on their way",
                        "telegrammen raken onderweg beschadigd"},
                       {"", ""}},
    [VERDICT_LINE_ENDS] =
        {{"something on the way changes the line ends, so that no CRC is right",
          "iets onderweg verandert de regeleinden, waardoor geen CRC klopt"},
         {"Have the converter hand bytes on as they are: ser2net and others call it raw; no "
          "telnet, "
          "no\ntext mode, no translation of CR or LF.\n",
          "Laat de omzetter bytes doorgeven zoals ze zijn: ser2net en andere noemen dat raw; geen\n"
          "telnet, geen tekstmodus, geen vertaling van CR of LF.\n"}},
    [VERDICT_HALF] =
        {{"telegrams begin and break off", "telegrammen beginnen en breken af"},
         {"A converter whose buffer is too small for this meter's telegrams (it wants 8 KB; newer "
          "firmware\nmay help), a request line that drops while the meter sends, another program "
          "that reads\nalong, or a cable or splitter that takes too much of the meter's power.\n",
          "Een omzetter met een te kleine buffer voor de telegrammen van deze meter (8 KB is "
          "nodig;\n"
          "nieuwere firmware helpt soms), een vraaglijn die wegvalt tijdens het sturen, een ander\n"
          "programma dat meeleest, of een kabel of splitter die te veel stroom van de meter "
          "vraagt.\n"}},
    [VERDICT_TOO_LONG] =
        {{"telegrams have no end", "telegrammen hebben geen einde"},
         {"What comes begins like a telegram and goes on beyond 16 KB: the end of each ('!') is "
          "lost on\nthe way, or it is no meter.\n",
          "Wat komt begint als een telegram en gaat door voorbij 16 KB: het einde ('!') raakt "
          "onderweg\nkwijt, of het is geen meter.\n"}},
    [VERDICT_NO_KEY] =
        {{"the meter encrypts its telegrams, and there is no key",
          "de meter versleutelt zijn telegrammen en er is geen sleutel"},
         {"Ask the grid operator for the key of this meter (32 hexadecimal digits), and put it "
          "into "
          "a file\nof mode 0600 that decryption.key.file names. To try one: dsmr doctor --key "
          "HEX\n",
          "Vraag de netbeheerder om de sleutel van deze meter (32 hexadecimale cijfers) en zet die "
          "in een\nbestand van mode 0600 dat decryption.key.file noemt. Om er een te proberen: "
          "dsmr "
          "doctor --key HEX\n"}},
    [VERDICT_WRONG_KEY] =
        {{"the meter encrypts its telegrams, and the key does not fit",
          "de meter versleutelt zijn telegrammen en de sleutel past niet"},
         {"The key is that of another meter, or a digit is wrong; it is made anew when a meter is "
          "replaced.\nCompare it with what the grid operator gave, or ask for it again.\n",
          "De sleutel is van een andere meter, of er is een cijfer fout; bij een nieuwe meter komt "
          "een\nnieuwe. Vergelijk hem met die van de netbeheerder, of vraag hem opnieuw aan.\n"}},
    [VERDICT_WRONG_AUTHKEY] =
        {{"the key is right, but the authentication key is not",
          "de sleutel klopt, maar de authenticatiesleutel niet"},
         {"Set decryption.authkey to what the grid operator gave, or leave it out: then the CRC "
          "inside\nis trusted. In Luxembourg it is 00112233445566778899AABBCCDDEEFF for all "
          "meters.\n",
          "Zet decryption.authkey op wat de netbeheerder gaf, of laat hem weg: dan wordt de CRC\n"
          "vertrouwd. In Luxemburg is hij 00112233445566778899AABBCCDDEEFF voor alle meters.\n"}},
    [VERDICT_DLMS] =
        {{"the meter speaks DLMS in HDLC frames, not P1 text",
          "de meter spreekt DLMS in HDLC-frames, geen P1-tekst"},
         {"That is another protocol, of the HAN port of Norway and others, which dsmr does not "
          "read. Some\nmeters can be switched to P1 text by the grid operator.\n",
          "Dat is een ander protocol, van de HAN-poort in Noorwegen en elders, dat dsmr niet "
          "leest. "
          "Sommige\nmeters kan de netbeheerder omzetten naar P1-tekst.\n"}},
};

/* ------------------------------------------------------------------------------------------------
 * Noise
 */

static const struct {
    const char *name[2];
    const char *advice[2];
} damages[DAMAGES] = {
    [DAMAGE_FLIPPED] =
        {{"single flipped bits", "enkele omgevallen bits"},
         {"Flipped bits are noise on the wire: a shorter or better cable, away from mains leads, "
          "no\n"
          "splitter, a pull-up of 1 kOhm on pin 5.\n",
          "Omgevallen bits zijn storing op de draad: een kortere of betere kabel, weg van\n"
          "netsnoeren, geen splitter, een pull-up van 1 kOhm op pen 5.\n"}},
    [DAMAGE_LOST] =
        {{"lost bytes", "verloren bytes"},
         {"Bytes are lost in the computer or the converter, not on the wire: another USB port, no "
          "hub,\nno low_latency (setserial, udev), a less busy machine, no second program on the "
          "port.\n",
          "Bytes gaan verloren in de computer of omzetter, niet op de draad: een andere "
          "USB-poort,\n"
          "geen hub, geen low_latency (setserial, udev), een minder drukke machine, geen tweede\n"
          "programma op de poort.\n"}},
    [DAMAGE_ADDED] =
        {{"added bytes", "toegevoegde bytes"},
         {"Bytes that the meter did not send: noise on an open wire, a bad contact, or a converter "
          "that\nadds its own.\n",
          "Bytes die de meter niet stuurde: storing op een losse draad, een slecht contact, of "
          "een\n"
          "omzetter die eigen bytes toevoegt.\n"}},
    [DAMAGE_NULS] =
        {{"NULs", "NUL-bytes"},
         {"NULs come of low_latency (setserial, udev, programs built on pyserial-asyncio): switch "
          "it\noff; or of a line that breaks down for want of power.\n",
          "NUL-bytes komen van low_latency (setserial, udev, programma's met pyserial-asyncio): "
          "zet\n"
          "het uit; of van een lijn die wegvalt door te weinig stroom.\n"}},
    [DAMAGE_LINE_ENDS] = {{"changed line ends", "veranderde regeleinden"}, {"", ""}},
    [DAMAGE_CHANGED] =
        {{"changed bytes", "veranderde bytes"},
         {"Several bytes of a telegram are others: a bad contact, a cable too long, or two "
          "programs "
          "that\nshare a converter.\n",
          "Meerdere bytes van een telegram zijn anders: een slecht contact, een te lange kabel, of "
          "twee\nprogramma's die een omzetter delen.\n"}},
};

static enum damage main_damage(const struct findings *findings)
{
    enum damage most = DAMAGE_FLIPPED;
    for (enum damage damage = 0; damage < DAMAGES; damage++)
        if (findings->damages[damage] > findings->damages[most])
            most = damage;
    return findings->errors.overruns > 0 ? DAMAGE_LOST : most;
}

static void add_damage(struct buffer *out, const struct findings *findings, enum language language)
{
    uint64_t bytes = diagnosis_bytes(findings);
    const char *between = ": ";
    if (diagnosis_telegrams(findings) == 0)
        return;
    buffer_print(out, language == LANGUAGE_DUTCH ? ", %llu van %llu" : ", %llu of %llu",
                 (unsigned long long)diagnosis_damaged(findings),
                 (unsigned long long)diagnosis_telegrams(findings));
    for (enum damage damage = 0; damage < DAMAGES; damage++) {
        if (findings->damages[damage] == 0)
            continue;
        buffer_print(out, "%s%s %llu", between, damages[damage].name[language],
                     (unsigned long long)findings->damages[damage]);
        between = ", ";
    }
    if (findings->bad_bytes > 0 && bytes > 0)
        buffer_print(out,
                     language == LANGUAGE_DUTCH ? "; minstens %.3f %% van de bytes is fout"
                                                : "; at least %.3f %% of the bytes are bad",
                     100.0 * (double)findings->bad_bytes / (double)bytes);
}

/* ------------------------------------------------------------------------------------------------
 * All of it
 */

void doctor_words_finding(struct buffer *out, const struct doctor_case *at_hand)
{
    buffer_print(out, "%s: %s", at_hand->port, words[at_hand->verdict].finding[at_hand->language]);
    if (at_hand->verdict == VERDICT_NOISE || at_hand->verdict == VERDICT_HALF)
        add_damage(out, at_hand->findings, at_hand->language);
    if (at_hand->verdict == VERDICT_TAKEN && at_hand->holder)
        doctor_access_name(out, at_hand);
    bool unopened =
        at_hand->verdict == VERDICT_UNREADABLE || at_hand->verdict == VERDICT_UNREACHABLE;
    if (unopened && at_hand->reason)
        buffer_print(out, ": %s", at_hand->reason);
    if (at_hand->verdict == VERDICT_SILENCE)
        buffer_print(out, " in %lld s", (long long)(at_hand->findings->listened_ms + 500) / 1000);
    buffer_add_text(out, "\n");
}

void doctor_words_advice(struct buffer *out, const struct doctor_case *at_hand)
{
    if (at_hand->verdict == VERDICT_SILENCE && at_hand->findings->listened_ms < SLOWEST_MS)
        buffer_add_text(out,
                        at_hand->language == LANGUAGE_DUTCH
                            ? "Dat is kort: veel meters sturen eens in de 10 s. Luister langer "
                              "(--wait 45).\n"
                            : "That is short: many meters send each 10 s. Listen longer "
                              "(--wait 45).\n");
    buffer_add_text(out, words[at_hand->verdict].advice[at_hand->language]);
    if (at_hand->verdict == VERDICT_TAKEN)
        doctor_access_holder(out, at_hand);
    if (at_hand->verdict == VERDICT_FORBIDDEN)
        doctor_access_permission(out, at_hand);
    if (at_hand->verdict == VERDICT_NOISE)
        buffer_add_text(out, damages[main_damage(at_hand->findings)].advice[at_hand->language]);
}
