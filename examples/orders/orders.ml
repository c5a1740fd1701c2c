// Orders: who bought what on which day.

import catalogue;

function make_line(products) {
    return {product: catalogue.pick(products), count: 1 + catalogue.pick_number(3)};
}

function make_order(id, days, products, customers) {
    lines = [];
    wanted = 1 + catalogue.pick_number(4);
    while (lines.length < wanted) {
        lines.push(make_line(products));
    }
    return {
        id: id,
        day: 1 + catalogue.pick_number(days),
        customer: catalogue.pick(customers),
        lines: lines,
        express: catalogue.pick_number(5) == 0,
    };
}

function make_orders(n, days, products, customers) {
    result = [];
    for (id = 1; id <= n; id = id + 1) {
        result.push(make_order(id, days, products, customers));
    }
    return result;
}

// A short text that is the same for orders with the same content.
function fingerprint(order) {
    return order.lines.map(line => line.product.id + "x" + line.count).sort().join("+");
}

// Orders that the same customer has sent twice on one day: usually a double click.
//
// This compares every order with every later one. It is slow on purpose; find_repeated_fast shows the way out.
function find_repeated(all_orders) {
    rows = all_orders.map(o => {id: o.id, day: o.day, customer: o.customer.id, content: fingerprint(o)});
    result = [];
    for (i = 0; i < rows.length; i = i + 1) {
        for (j = i + 1; j < rows.length; j = j + 1) {
            if (rows[i].customer == rows[j].customer && rows[i].day == rows[j].day
                    && rows[i].content == rows[j].content) {
                result.push({first: rows[i].id, second: rows[j].id, content: rows[i].content});
            }
        }
    }
    return result;
}

// The same in one pass: an object remembers the orders seen so far.
function find_repeated_fast(all_orders) {
    seen = {};
    result = [];
    for (order in all_orders) {
        content = fingerprint(order);
        key = `${order.customer.id}/${order.day}/${content}`;
        if (seen[key]) {
            for (id in seen[key]) {
                result.push({first: id, second: order.id, content: content});
            }
            seen[key].push(order.id);
        } else {
            seen[key] = [order.id];
        }
    }
    return result.sort((a, b) => a.first == b.first ? a.second - b.second : a.first - b.first);
}
