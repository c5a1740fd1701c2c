// Bad: Array lookup - O(n)
function contains(arr, value) {
    for (i = 0; i < arr.length; i = i + 1) {
        if (arr[i] == value) return true;
    }
    return false;
}

// Good: Object lookup - O(1)
function buildLookup(arr) {
    lookup = {};
    for (i = 0; i < arr.length; i = i + 1) {
        lookup[arr[i]] = true;
    }
    return lookup;
}

function contains(lookup, value) {
    return lookup[value] == true;
}
