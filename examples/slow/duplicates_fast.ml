// Remembers in an object what it has seen: one look-up for each element.

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

numbers = range(6000).map(i => i * 7919 % 3001);
print(removeDuplicates([3, 1, 3, 2, 1]), len(removeDuplicates(numbers)));
