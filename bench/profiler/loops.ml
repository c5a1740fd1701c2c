// Arithmetic in nested loops, on numbers beyond the small ones that Python keeps.
function main() {
    total = 100000;
    for (i = 0; i < 3200; i = i + 1) {
        for (j = 0; j < 3200; j = j + 1) {
            total = (total * 31 + i * j) % 1000003 + 1000;
        }
    }
    print(total);
}

main();
