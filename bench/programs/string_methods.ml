// Cleans the lines of a messy contact list.
function clean(line) {
    parts = line.trim().split(",");
    name = parts[0].trim().toLowerCase().replace("  ", " ");
    mail = parts[1].trim().toLowerCase();
    if (!mail.includes("@") || mail.endsWith(".invalid")) {
        return null;
    }
    host = mail.slice(mail.indexOf("@") + 1);
    return name.padEnd(20, ".") + host.toUpperCase();
}

function main() {
    lines = [
        "  Ada  Lovelace , ADA@Example.ORG ", "Alan Turing,alan@bletchley.uk", "nobody,none",
        " Grace Hopper,  grace@navy.mil", "Edsger Dijkstra , edsger@tue.nl  ", "spam,spam@mail.invalid",
    ];
    kept = 0;
    letters = 0;
    for (i = 0; i < 300000; i = i + 1) {
        line = clean(lines[i % 6]);
        if (line != null && line.startsWith("a")) {
            kept = kept + 1;
            letters = letters + line.length;
        }
    }
    print(kept, letters);
}

main();
