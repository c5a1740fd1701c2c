def text(n):
    words = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "runs", "away", "home"]
    parts = []
    for i in range(n):
        parts.append(words[i * i % 12])
        if i % 11 == 0:
            parts.append(f"w{i % 500}")
    return " ".join(parts)


def count(words):
    counts = {}
    for word in words:
        if len(word) > 2:
            counts[word] = counts.get(word, 0) + 1
    return counts


def main():
    words = text(300000).split(" ")
    for _ in range(4):
        counts = count(words)
    frequent = sorted(w for w in counts if counts[w] > 1000)
    print(len(counts), frequent, counts["the"])


main()
