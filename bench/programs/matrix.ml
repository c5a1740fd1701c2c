function matrix(n, seed) {
    rows = [];
    for (i = 0; i < n; i = i + 1) {
        row = [];
        for (j = 0; j < n; j = j + 1) {
            row.push((i * 31 + j * 17 + seed) % 10);
        }
        rows.push(row);
    }
    return rows;
}

function multiply(a, b) {
    n = len(a);
    result = [];
    for (i = 0; i < n; i = i + 1) {
        a_row = a[i];
        row = [];
        for (j = 0; j < n; j = j + 1) {
            total = 0;
            for (k = 0; k < n; k = k + 1) {
                total = total + a_row[k] * b[k][j];
            }
            row.push(total);
        }
        result.push(row);
    }
    return result;
}

function main() {
    c = multiply(matrix(190, 1), matrix(190, 2));
    trace = 0;
    for (i = 0; i < len(c); i = i + 1) {
        trace = trace + c[i][i];
    }
    print(trace);
}

main();
