// Nothing but calls: the dearest program there is for whoever counts them.
function depth(n) {
    if (n == 0) return 0;
    return 1 + depth(n - 1);
}

function main() {
    total = 0;
    for (i = 0; i < 30000; i = i + 1) {
        total = total + depth(150);
    }
    print(total);
}

main();
