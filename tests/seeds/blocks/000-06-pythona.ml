function processLargeDataset(data) {
    result = [];
    for (i = 0; i < data.length; i = i + 1) {
        for (j = 0; j < data[i].length; j = j + 1) {
            result.push(data[i][j] * 2);
        }
    }
    return result;
}

result = processLargeDataset(data);
