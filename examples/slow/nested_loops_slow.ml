// Pairs of offers and wishes with the same price, found by trying every pair.

function matches(offers, wishes) {
    found = 0;
    for (i = 0; i < offers.length; i = i + 1) {
        for (j = 0; j < wishes.length; j = j + 1) {
            if (offers[i].price == wishes[j].price) {
                found = found + 1;
            }
        }
    }
    return found;
}

function make(n, factor) {
    return range(n).map(i => {id: i, price: i * factor % 997});
}

print(matches(make(2000, 31), make(2000, 77)));
