// Arrow functions over arrays, where Python has comprehensions.
function main() {
    numbers = range(60000);
    total = 0;
    for (round = 0; round < 30; round = round + 1) {
        squares = numbers.map(x => x * x % 1009);
        odd = squares.filter(x => x % 2 == 1);
        shifted = odd.map(x => x + round);
        total = total + sum(shifted);
        if (shifted.some(x => x > 1100)) total = total - 1;
    }
    print(total);
}

main();
