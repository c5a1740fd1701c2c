// Makes and drops arrays of objects.
function batch(n) {
    rows = [];
    for (i = 0; i < n; i = i + 1) {
        rows.push({id: i, tags: [i, i + 1], price: i * 1.5});
    }
    return rows;
}

function main() {
    kept = 0;
    for (round = 0; round < 1000; round = round + 1) {
        rows = batch(2000);
        kept = kept + rows[1999].tags[1];
    }
    print(kept);
}

main();
