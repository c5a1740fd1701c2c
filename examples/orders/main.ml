// A month in a small shop: makes orders, prices them, and prints a report.
//
//     mlpy run examples/orders/main.ml --profile
//
// One of the functions is slow on purpose. The profile names it.

import catalogue;
import orders;
import prices;
import report;

ORDER_COUNT = 4000;
DAYS = 30;

function priced_orders(all_orders) {
    result = [];
    for (order in all_orders) {
        try {
            result.push(prices.price_order(order));
        } except (e) {
            if (e.type != "StockError") throw e;
            report.note_problem(order, e);
        }
    }
    return result;
}

function main() {
    products = catalogue.make_products();
    customers = catalogue.make_customers();
    all_orders = orders.make_orders(ORDER_COUNT, DAYS, products, customers);
    priced = priced_orders(all_orders);

    report.title(`Orders of ${DAYS} days`);
    report.overview(priced);
    report.best_customers(priced, 5);
    report.best_products(priced, 5);
    report.sales_by_day(priced, DAYS);
    report.repeated(orders.find_repeated(all_orders));
    report.problems();
}

main();
