// Bad: O(n²)
function removeDuplicates(arr) {
    result = [];
    for (i = 0; i < arr.length; i = i + 1) {
        found = false;
        for (j = 0; j < result.length; j = j + 1) {
            if (arr[i] == result[j]) {
                found = true;
                break;
            }
        }
        if (!found) {
            result.push(arr[i]);
        }
    }
    return result;
}

// Good: O(n) using object
function removeDuplicates(arr) {
    seen = {};
    result = [];
    for (i = 0; i < arr.length; i = i + 1) {
        if (!seen[arr[i]]) {
            seen[arr[i]] = true;
            result.push(arr[i]);
        }
    }
    return result;
}
