function processBatch(records) {
    result = [];
    for (i = 0; i < records.length; i = i + 1) {
        result.push(processRecord(records[i]));
    }
    return result;
}

result = processBatch(records);
