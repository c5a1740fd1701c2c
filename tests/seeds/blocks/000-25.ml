// Bad: Many small function calls
function processItem(item) {
    return transformItem(validateItem(normalizeItem(item)));
}

result = [];
for (i = 0; i < items.length; i = i + 1) {
    result.push(processItem(items[i]));
}

// Good: Inline processing
result = [];
for (i = 0; i < items.length; i = i + 1) {
    // Normalize
    normalized = items[i].trim().toLowerCase();

    // Validate
    if (normalized.length > 0) {
        // Transform
        transformed = normalized + "_processed";
        result.push(transformed);
    }
}
