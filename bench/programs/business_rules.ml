// Prices orders by rules: records in, records out.
function discount(customer, amount) {
    if (customer.level == "gold" && amount > 500) return 0.15;
    if (customer.level == "gold") return 0.1;
    if (customer.level == "silver" && amount > 1000) return 0.08;
    if (customer.years >= 5) return 0.03;
    return 0;
}

function price(order, customer) {
    amount = 0;
    for (line in order.lines) {
        amount = amount + line.count * line.price;
    }
    rate = discount(customer, amount);
    shipping = amount > 200 ? 0 : 9.5;
    return {id: order.id, customer: customer.name, net: amount * (1 - rate) + shipping, rate: rate};
}

function make_orders(n) {
    levels = ["gold", "silver", "basic"];
    orders = [];
    for (i = 0; i < n; i = i + 1) {
        lines = [];
        for (k = 0; k <= i % 4; k = k + 1) {
            lines.push({sku: "S" + k, count: i % 7 + 1, price: (i * 13 + k * 7) % 190});
        }
        orders.push({id: i, customer: {name: "c" + i % 50, level: levels[i % 3], years: i % 9}, lines: lines});
    }
    return orders;
}

function main() {
    orders = make_orders(60000);
    totals = {};
    for (order in orders) {
        priced = price(order, order.customer);
        if (priced.net > 100 && priced.rate < 0.15) {
            name = priced.customer;
            totals[name] = (totals[name] || 0) + priced.net;
        }
    }
    best = null;
    for (name in totals) {
        if (best == null || totals[name] > totals[best]) best = name;
    }
    print(len(totals), best, round(totals[best], 2));
}

main();
