function processRecord(record) {
    // Complex validation and transformation
    return transformedRecord;
}

result = data.map(record => processRecord(record));
