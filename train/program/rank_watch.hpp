#pragma once

namespace adjoint {

/// Where a launcher such as mpirun started this process as one of several ranks: goes on in a child
/// of this process and watches it. If a signal ends the child (the system out of memory, a crash,
/// `kill -9`), prints which rank that was and why, and ends with status 1, so that the launcher
/// ends the others; else with the child's status. Returns in the child, or at once where there is
/// one process alone. Call it before any thread is started.
void watch_rank();

}  // namespace adjoint
