# A table as text: parts joined, and lines grown by `+`.
def row(id, name, amount):
    return f"| {id} | {name} | {amount} |"


def bar(length):
    line = ""
    for _ in range(length):
        line = line + "#"
    return line


def table(n):
    lines = []
    for i in range(n):
        lines.append(row(i, f"item-{i % 97}", i * 3 % 1001))
        lines.append(f'<td class="c{i % 5}">{i}</td>')
        lines.append(bar(i % 12))
    return "\n".join(lines)


print(len(table(220000)))
