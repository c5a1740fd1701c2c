#pragma once

namespace ml::syntax {

// Gives memory of trees that are gone back to the system. Takes about 30 ns for every node that could be made
// of what is free. Any thread; others go on, but what they keep for trees of their own stays theirs (at most
// 16 KB for each size of node). Call it on the thread on which the trees died.
void return_free_memory();

}  // namespace ml::syntax
