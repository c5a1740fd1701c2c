// Pairs of offers and wishes with the same price: counts the wishes of every price first.

function matches(offers, wishes) {
    wanted = {};
    for (wish in wishes) {
        wanted[wish.price] = (wanted[wish.price] || 0) + 1;
    }
    found = 0;
    for (offer in offers) {
        found = found + (wanted[offer.price] || 0);
    }
    return found;
}

function make(n, factor) {
    return range(n).map(i => {id: i, price: i * factor % 997});
}

print(matches(make(2000, 31), make(2000, 77)));
