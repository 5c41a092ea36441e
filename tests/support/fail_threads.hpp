#pragma once

// A system that gives only so many threads, as a container with few process ids does. (A limit set
// by setrlimit would not bind root.)

namespace adjoint {

/// From now on so many threads can be started in this program, and no more; -1: any number. A
/// program starts with what the environment variable ADJOINT_TEST_THREADS says.
void allow_threads(int count);

}  // namespace adjoint
