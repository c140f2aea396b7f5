// SPDX-License-Identifier: MIT
// What the program says of a line, of an outlet and of refused telegrams, in Dutch. It says so in English
// only, and with names in between; what is not here stays English, and is marked as such.
const sentences: [RegExp, string][] = [
    [/^simulating a meter of (.+)$/, "simuleert een meter van $1"],
    [/^reading$/, "leest"],
    [/^connecting$/, "maakt verbinding"],
    [/^closed$/, "gesloten"],
    [/^the input has ended$/, "de invoer is afgelopen"],
    [/^listening at (\d+) baud$/, "luistert met $1 baud"],
    [/^(.+) is not there: is the cable plugged in\? Waiting for it$/, "$1 is er niet: zit de kabel erin? dsmr wacht erop"],
    [/^(.+) was lost \(.+\): waiting for it to come back$/, "$1 is weg: dsmr wacht tot hij terugkomt"],
    [/^(.+) is no serial port$/, "$1 is geen seriële poort"],
    [/^(.+) is in use by (.+): only one program can read a port; stop the other$/, "$1 is in gebruik bij $2: maar één programma kan een poort lezen; stop het andere"],
    [/^no permission to reach (.+)$/, "geen toestemming om bij $1 te komen"],
    [/^no permission to open (.+) \(group (.+)\): (.+), then log in again$/, "geen toestemming om $1 te openen (groep $2): $3, en log daarna opnieuw in"],
    [/^cannot open (.+): (.+)$/, "$1 kan niet worden geopend: $2"],
    [/^not a byte at any speed: .*$/, "geen byte op welke snelheid ook: zit de kabel in de P1-poort van de meter, en stuurt hij de lijn voor het verzoek (RTS, pen 2)? In België en elders moet de netbeheerder de poort openen"],
    [/^only noise that looks like an inverted signal: .*$/, "alleen ruis die op een omgekeerd signaal lijkt: de kabel moet de datalijn omkeren"],
    [/^bytes, but no text at .*$/, "bytes, maar geen tekst met 115200 of 9600 baud: een andere kabel, of portsettings, helpt misschien"],
    [/^text, but no whole telegram yet$/, "tekst, maar nog geen heel telegram"],
    [/^looking for a meter$/, "zoekt een meter"],
    [/^looking for a meter on (\d+) ports?: (.+)$/, "zoekt een meter op $1 poort(en): $2"],
    [/^connecting to the broker$/, "maakt verbinding met de broker"],
    [/^waiting for telegrams on (.+)$/, "wacht op telegrammen op $1"],
    [/^asking for the serial port$/, "vraagt om de seriële poort"],
    [/^(.+): no answer; trying again$/, "$1: geen antwoord; probeert het opnieuw"],
    [/^(.+): the other side closed the connection; trying again$/, "$1: de andere kant sloot de verbinding; probeert het opnieuw"],
    [/^(.+): nothing came for (\d+) s; trying again$/, "$1: er kwam $2 s niets; probeert het opnieuw"],
    [/^writing (.+)$/, "schrijft $1"],
    [/^failing: (.+)$/, "mislukt: $1"],
];

const refusals: Record<string, string> = {
    "too long: no end found": "te lang: geen einde gevonden",
    "wrong CRC": "verkeerde CRC",
    "cut short": "afgebroken",
    "bytes outside any telegram": "bytes buiten elk telegram",
    "bad line": "foute regel",
    "not a number": "geen getal",
    "not a date": "geen datum",
    "wrong unit": "verkeerde eenheid",
    "out of range": "buiten het bereik",
    "not text in hexadecimal digits": "geen tekst in hexadecimale cijfers",
    "buffer too small": "geen plaats genoeg",
    "DLMS in HDLC frames, not P1": "DLMS in HDLC-frames, geen P1",
    "encrypted, and there is no key": "versleuteld, en er is geen sleutel",
    "decryption failed: wrong key, or damaged": "ontsleutelen mislukt: verkeerde sleutel, of beschadigd",
    "wrong authentication tag: wrong authentication key, or tampered with": "verkeerd authenticatiekenmerk: verkeerde authenticatiesleutel, of ermee geknoeid",
};

export function dutchState(text: string): string | undefined {
    const found = sentences.find(([sentence]) => sentence.test(text));
    return found ? text.replace(...found) : refusals[text];
}
