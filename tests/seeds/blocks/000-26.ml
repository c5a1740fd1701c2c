// Bad: Creates many temporary objects
function processData(items) {
    return items
        .map(x => {value: x})
        .filter(obj => obj.value > 0)
        .map(obj => obj.value * 2);
}

// Good: Single pass with minimal objects
function processData(items) {
    result = [];
    for (i = 0; i < items.length; i = i + 1) {
        if (items[i] > 0) {
            result.push(items[i] * 2);
        }
    }
    return result;
}
