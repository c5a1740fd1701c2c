# Builds lists of numbers and looks at neighbours: the everyday work of a report.
def readings(n):
    result = []
    value = 17
    for _ in range(n):
        value = (value * 1103515245 + 12345) % 2147483648
        result.append(value % 1000)
    return result


def smoothed(values):
    result = []
    for i in range(1, len(values) - 1):
        result.append((values[i - 1] + values[i] + values[i + 1]) // 3)
    return result


def rises(values):
    result = []
    last = 0
    for v in values:
        if v > last:
            result.append(v - last)
        last = v
    return result


def main():
    values = readings(450000)
    for _ in range(3):
        values = smoothed(values)
    steps = rises(values)
    print(len(values), len(steps), sum(steps))


main()
