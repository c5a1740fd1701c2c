// Looks for each element in the result so far: the work grows with the square of the length.

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

numbers = range(6000).map(i => i * 7919 % 3001);
print(removeDuplicates([3, 1, 3, 2, 1]), len(removeDuplicates(numbers)));
