# Validation that reports by throwing, and is sometimes wrong on purpose.
class RowError(Exception):
    def __init__(self, message, row):
        super().__init__(message)
        self.row = row


def amount(row):
    if row["text"] == "":
        raise RowError("empty", row["id"])
    return int(row["text"]) * row["count"]


def main():
    texts = ["12", "7", "x1", "", "44", "9", "100", "3"]
    total = 0
    problems = {}
    for i in range(400000):
        try:
            total += amount({"id": i, "text": texts[i % 8], "count": i % 3})
        except (RowError, ValueError) as e:
            name = type(e).__name__
            problems[name] = problems.get(name, 0) + 1
    print(total, problems["RowError"], problems["ValueError"])


main()
