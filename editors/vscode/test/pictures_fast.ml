// How many orders of the day are the same?

function total_of(prices) {
    total = 0;
    for (price in prices) {
        total = total + price;
    }
    return total;
}

function make_orders(n) {
    return range(n).map(fn(i) => {customer: i % 97, total: total_of(range(i))});
}

function count_same(list) {
    count = list.length;
    for (i = 0; i < list.length; i = i + 1) {
        a = list[i];
        for (b in list.slice(i + 1)) {
            if (a.customer == b.customer && a.total == b.total) {
                count = count + 2;
            }
        }
    }
    return count;
}

orders = make_orders(5000);
same = count_same(orders);
print(same);
