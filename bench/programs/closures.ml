// Counters with private state, and functions made from functions.
function counter(step) {
    count = 0;
    return () => {
        nonlocal count;
        count = count + step;
        return count;
    };
}

function compose(f, g) {
    return x => g(f(x));
}

function main() {
    counters = [counter(1), counter(2), counter(3)];
    total = 0;
    for (i = 0; i < 450000; i = i + 1) {
        for (c in counters) {
            total = total + c();
        }
    }
    add = n => x => x + n;
    pipeline = compose(compose(add(3), x => x * 2), add(-1));
    for (i = 0; i < 550000; i = i + 1) {
        total = total + pipeline(i);
    }
    print(total);
}

main();
