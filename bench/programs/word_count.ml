function text(n) {
    words = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "runs", "away", "home"];
    parts = [];
    for (i = 0; i < n; i = i + 1) {
        parts.push(words[i * i % 12]);
        if (i % 11 == 0) parts.push("w" + i % 500);
    }
    return parts.join(" ");
}

function count(words) {
    counts = {};
    for (word in words) {
        if (len(word) > 2) {
            counts[word] = (counts[word] || 0) + 1;
        }
    }
    return counts;
}

function main() {
    words = text(300000).split(" ");
    counts = {};
    for (round = 0; round < 4; round = round + 1) {
        counts = count(words);
    }
    frequent = keys(counts).filter(w => counts[w] > 1000).sort();
    print(len(counts), frequent, counts.the);
}

main();
