// What an order costs: quantity steps, discounts by level, delivery, tax.

TAX = 0.2;
THIS_YEAR = 2024;

function quantity_factor(count) {
    if (count >= 3) return 0.93;
    if (count == 2) return 0.97;
    return 1;
}

function level_discount(customer, amount) {
    if (customer.level == "gold") {
        return amount > 500 ? 0.12 : 0.08;
    } elif (customer.level == "silver") {
        return amount > 800 ? 0.07 : 0.04;
    } else if (THIS_YEAR - customer.since >= 10) {
        return 0.02;
    }
    return 0;
}

function delivery(order, amount) {
    if (order.express) return 24.9;
    return amount >= 150 ? 0 : 6.9;
}

function take_from_stock(line) {
    left = line.product.stock - line.count;
    if (left < 0) {
        throw {
            type: "StockError",
            message: `only ${line.product.stock} of ${line.product.name} left`,
            product: line.product.id,
        };
    }
    line.product.stock = left;
}

function line_amount(line) {
    return line.product.price * line.count * quantity_factor(line.count);
}

function round_cents(amount) {
    return round(amount, 2);
}

// Takes the products from stock and returns the order with its amounts. Throws a StockError when there are too few.
function price_order(order) {
    amount = 0;
    for (line in order.lines) {
        take_from_stock(line);
        amount = amount + line_amount(line);
    }
    discount = amount * level_discount(order.customer, amount);
    net = amount - discount + delivery(order, amount);
    return {
        order: order,
        amount: round_cents(amount),
        discount: round_cents(discount),
        net: round_cents(net),
        total: round_cents(net * (1 + TAX)),
    };
}
