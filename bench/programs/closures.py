# Counters with private state, and functions made from functions.
def counter(step):
    count = 0

    def advance():
        nonlocal count
        count += step
        return count

    return advance


def compose(f, g):
    return lambda x: g(f(x))


def main():
    counters = [counter(1), counter(2), counter(3)]
    total = 0
    for _ in range(450000):
        for c in counters:
            total += c()
    add = lambda n: lambda x: x + n
    pipeline = compose(compose(add(3), lambda x: x * 2), add(-1))
    for i in range(550000):
        total += pipeline(i)
    print(total)


main()
