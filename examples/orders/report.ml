// The printed report.

import collections;
import prices;
import table;

problem_list = [];

function title(text) {
    print(text);
    print("=" * len(text));
}

function heading(text) {
    print();
    print(text);
    print("-" * len(text));
}

function sum_of(list, f) {
    total = 0;
    for (item in list) {
        total = total + f(item);
    }
    return total;
}

function overview(priced) {
    heading("Overview");
    total = sum_of(priced, p => p.total);
    express = priced.filter(p => p.order.express).length;
    table.show([
        ["orders", str(priced.length)],
        ["sold", table.money(total)],
        ["discounts", table.money(sum_of(priced, p => p.discount))],
        ["average order", table.money(total / priced.length)],
        ["express", table.percent(express / priced.length)],
    ]);
}

// Adds up `amount(item)` for every `key(item)`; returns [key, sum] pairs, largest first.
function ranking(list, key, amount) {
    sums = {};
    for (item in list) {
        k = key(item);
        sums[k] = (sums[k] || 0) + amount(item);
    }
    return collections.sortBy(sums.entries(), pair => -pair[1]);
}

function best_customers(priced, count) {
    heading("Best customers");
    rows = [];
    for (pair in ranking(priced, p => p.order.customer.name, p => p.total)[:count]) {
        [name, amount] = pair;
        rows.push([name, table.money(amount)]);
    }
    table.show(rows);
}

function best_products(priced, count) {
    heading("Best products");
    lines = priced.flatMap(p => p.order.lines);
    rows = [];
    for (pair in ranking(lines, line => line.product.name, line => prices.line_amount(line))[:count]) {
        [name, amount] = pair;
        rows.push([name, table.money(amount)]);
    }
    table.show(rows);
}

function sales_by_day(priced, days) {
    heading("Sales by day");
    sales = [0] * (days + 1);
    for (p in priced) {
        day = p.order.day;
        sales[day] = sales[day] + p.total;
    }
    top = max(sales);
    for (day = 1; day <= days; day = day + 7) {
        print(str(day).padStart(2), table.money(sales[day]).padStart(12), table.bar(sales[day] / top, 30));
    }
}

function repeated(pairs) {
    heading("Sent twice");
    if (!pairs) {
        print("none");
    }
    for (pair in pairs.slice(0, 6)) {
        print(`order ${pair.second} repeats ${pair.first}: ${pair.content}`);
    }
    print(`${pairs.length} in all`);
}

function note_problem(order, error) {
    problem_list.push({order: order.id, product: error.product, text: error.message});
}

function problems() {
    heading("Not delivered");
    by_product = ranking(problem_list, p => p.product, p => 1);
    for (pair in by_product) {
        [product, count] = pair;
        print(`${product}: ${count} orders`);
    }
    if (problem_list) {
        first = problem_list[0];
        print(`first: order ${first.order}, ${first.text}`);
    } else {
        print("nothing");
    }
}
