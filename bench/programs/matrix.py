def matrix(n, seed):
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            row.append((i * 31 + j * 17 + seed) % 10)
        rows.append(row)
    return rows


def multiply(a, b):
    n = len(a)
    result = []
    for i in range(n):
        a_row = a[i]
        row = []
        for j in range(n):
            total = 0
            for k in range(n):
                total += a_row[k] * b[k][j]
            row.append(total)
        result.append(row)
    return result


def main():
    c = multiply(matrix(190, 1), matrix(190, 2))
    trace = 0
    for i in range(len(c)):
        trace += c[i][i]
    print(trace)


main()
