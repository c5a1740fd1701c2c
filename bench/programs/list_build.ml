// Builds lists of numbers and looks at neighbours: the everyday work of a report.
function readings(n) {
    result = [];
    value = 17;
    for (i = 0; i < n; i = i + 1) {
        value = (value * 1103515245 + 12345) % 2147483648;
        result.push(value % 1000);
    }
    return result;
}

function smoothed(values) {
    result = [];
    for (i = 1; i < values.length - 1; i = i + 1) {
        result.push((values[i - 1] + values[i] + values[i + 1]) // 3);
    }
    return result;
}

function rises(values) {
    result = [];
    last = 0;
    for (v in values) {
        if (v > last) {
            result.push(v - last);
        }
        last = v;
    }
    return result;
}

function main() {
    values = readings(450000);
    for (round in range(3)) {
        values = smoothed(values);
    }
    steps = rises(values);
    print(len(values), len(steps), sum(steps));
}

main();
