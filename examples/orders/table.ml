// Text in columns, and numbers for people.

function money(amount) {
    return format(amount, ",.2f");
}

function percent(share) {
    return (share * 100).toFixed(1) + "%";
}

function bar(share, width) {
    full = int(share * width + 0.5);
    return "#".repeat(full) + ".".repeat(width - full);
}

function widths(rows) {
    result = [];
    for (row in rows) {
        for (cell in enumerate(row)) {
            [column, text] = cell;
            if (column == result.length) result.push(0);
            result[column] = max(result[column], len(text));
        }
    }
    return result;
}

// The first column to the left, the others to the right.
function show(rows) {
    sizes = widths(rows);
    for (row in rows) {
        cells = row.map((text, i) => i == 0 ? text.padEnd(sizes[i]) : text.padStart(sizes[i]));
        print(cells.join("  "));
    }
}
