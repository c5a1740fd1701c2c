// Pythagorean triples by brute force.
function triples(limit) {
    found = 0;
    for (a = 1; a < limit; a = a + 1) {
        for (b = a; b < limit; b = b + 1) {
            for (c = b; c < limit; c = c + 1) {
                if (a * a + b * b == c * c) {
                    found = found + 1;
                }
            }
        }
    }
    return found;
}

print(triples(300));
