result = fibonacci(20);
