# Pythagorean triples by brute force.
def triples(limit):
    found = 0
    for a in range(1, limit):
        for b in range(a, limit):
            for c in range(b, limit):
                if a * a + b * b == c * c:
                    found += 1
    return found


print(triples(300))
