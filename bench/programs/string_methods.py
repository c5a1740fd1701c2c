# Cleans the lines of a messy contact list.
def clean(line):
    parts = line.strip().split(",")
    name = parts[0].strip().lower().replace("  ", " ")
    mail = parts[1].strip().lower()
    if "@" not in mail or mail.endswith(".invalid"):
        return None
    host = mail[mail.find("@") + 1 :]
    return name.ljust(20, ".") + host.upper()


def main():
    lines = [
        "  Ada  Lovelace , ADA@Example.ORG ", "Alan Turing,alan@bletchley.uk", "nobody,none",
        " Grace Hopper,  grace@navy.mil", "Edsger Dijkstra , edsger@tue.nl  ", "spam,spam@mail.invalid",
    ]
    kept = 0
    letters = 0
    for i in range(300000):
        line = clean(lines[i % 6])
        if line is not None and line.startswith("a"):
            kept += 1
            letters += len(line)
    print(kept, letters)


main()
