// A table as text: parts joined, and lines grown by `+`.
function row(id, name, amount) {
    return "| " + id + " | " + name + " | " + amount + " |";
}

function bar(length) {
    line = "";
    for (i = 0; i < length; i = i + 1) {
        line = line + "#";
    }
    return line;
}

function table(n) {
    lines = [];
    for (i = 0; i < n; i = i + 1) {
        lines.push(row(i, "item-" + (i % 97), i * 3 % 1001));
        lines.push(`<td class="c${i % 5}">${i}</td>`);
        lines.push(bar(i % 12));
    }
    return lines.join("\n");
}

print(len(table(220000)));
