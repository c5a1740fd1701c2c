// How many orders of the day are the same?

function total_of(prices) {
    total = 0;
    for (price in prices) {
        total = total + price;
    }
    return total;
}

function make_orders(n) {
    return range(n).map(fn(i) => {customer: i % 97, total: total_of(range(i % 400))});
}

function count_same(list) {
    seen = {};
    for (order in list) {
        key = str(order.customer) + "/" + str(order.total);
        if (seen[key] == null) {
            seen[key] = 0;
        }
        seen[key] = seen[key] + 1;
    }
    return seen.values().map(fn(n) => n * n).reduce(fn(a, b) => a + b, 0);
}

orders = make_orders(2500);
same = count_same(orders);
print(same);
