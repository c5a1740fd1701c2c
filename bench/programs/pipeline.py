# Comprehensions over lists, where ML has arrow functions.
def main():
    numbers = list(range(60000))
    total = 0
    for round in range(30):
        squares = [x * x % 1009 for x in numbers]
        odd = [x for x in squares if x % 2 == 1]
        shifted = [x + round for x in odd]
        total += sum(shifted)
        if any(x > 1100 for x in shifted):
            total -= 1
    print(total)


main()
