// Takes text apart and puts it together again.
function clean(line) {
    parts = line.trim().toLowerCase().split(",");
    return parts.join(";") + "|" + parts.length;
}

function main() {
    size = 0;
    for (i = 0; i < 1000000; i = i + 1) {
        size = size + clean("  Alpha,BETA," + i + ",Gamma  ").length;
    }
    print(size);
}

main();
