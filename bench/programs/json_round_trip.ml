import json;

function orders(n) {
    result = [];
    for (i = 0; i < n; i = i + 1) {
        result.push({id: i, customer: "customer " + i % 100, paid: i % 3 == 0, note: null,
                     lines: [{sku: "A" + i % 17, count: i % 5 + 1, price: i % 90 / 4}]});
    }
    return result;
}

function total(list) {
    sum_all = 0.0;
    for (order in list) {
        for (line in order.lines) {
            sum_all = sum_all + line.count * line.price;
        }
    }
    return sum_all;
}

function main() {
    data = orders(3000);
    text = "";
    for (round = 0; round < 18; round = round + 1) {
        text = json.stringify(data);
        data = json.parse(text);
    }
    print(len(text), total(data));
}

main();
