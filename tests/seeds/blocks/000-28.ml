// Bad: Eager evaluation
function processAll(items) {
    step1 = items.map(x => expensiveOp1(x));
    step2 = step1.map(x => expensiveOp2(x));
    step3 = step2.map(x => expensiveOp3(x));
    return step3;
}

// Good: Lazy evaluation
function* processLazy(items) {
    for (i = 0; i < items.length; i = i + 1) {
        yield expensiveOp3(expensiveOp2(expensiveOp1(items[i])));
    }
}
