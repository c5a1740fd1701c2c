// A line of generators, each taking from the one before.
function* numbers(n) {
    for (i = 0; i < n; i = i + 1) { yield i; }
}

function* odd(source) {
    for (v in source) {
        if (v % 2 == 1) { yield v; }
    }
}

function* scaled(source, by) {
    for (v in source) { yield v * by; }
}

function main() {
    total = 0;
    for (round = 0; round < 25; round = round + 1) {
        for (v in scaled(odd(numbers(120000)), 3)) { total = total + v; }
    }
    print(total);
}

main();
