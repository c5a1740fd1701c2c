// Throws through three functions and catches.
function inner(i) {
    if (i % 2 == 0) throw {message: "even", number: i};
    return i;
}

function middle(i) { return inner(i) + 1; }

function main() {
    caught = 0;
    total = 0;
    for (i = 0; i < 1000000; i = i + 1) {
        try {
            total = total + middle(i);
        } except (e) {
            caught = caught + (e.number % 2 + 1);
        }
    }
    print(total, caught);
}

main();
