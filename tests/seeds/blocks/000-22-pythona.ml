function processLarge(data) {
    result = [];
    for (i = 0; i < data.length; i = i + 1) {
        result.push(data[i] * 2);
    }
    return result;
}

result = processLarge(data);
