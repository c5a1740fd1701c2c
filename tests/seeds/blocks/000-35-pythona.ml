function processBatch(items) {
    result = [];
    for (i = 0; i < items.length; i = i + 1) {
        result.push(items[i] * 2);
    }
    return result;
}

result = processBatch(items);
