// Validation that reports by throwing, and is sometimes wrong on purpose.
function amount(row) {
    if (row.text == "") throw {message: "empty", type: "RowError", row: row.id};
    return int(row.text) * row.count;
}

function main() {
    texts = ["12", "7", "x1", "", "44", "9", "100", "3"];
    total = 0;
    problems = {};
    for (i = 0; i < 400000; i = i + 1) {
        try {
            total = total + amount({id: i, text: texts[i % 8], count: i % 3});
        } except (e) {
            problems[e.type] = (problems[e.type] || 0) + 1;
        }
    }
    print(total, problems.RowError, problems.ValueError);
}

main();
