import json


def orders(n):
    result = []
    for i in range(n):
        result.append({"id": i, "customer": f"customer {i % 100}", "paid": i % 3 == 0, "note": None,
                       "lines": [{"sku": f"A{i % 17}", "count": i % 5 + 1, "price": i % 90 / 4}]})
    return result


def total(orders):
    sum_all = 0.0
    for order in orders:
        for line in order["lines"]:
            sum_all += line["count"] * line["price"]
    return sum_all


def main():
    data = orders(3000)
    for _ in range(18):
        text = json.dumps(data)
        data = json.loads(text)
    print(len(text), total(data))


main()
