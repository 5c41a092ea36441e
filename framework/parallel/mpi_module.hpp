#pragma once

// What start_ranks() and the module that holds MPI agree on.

#include "framework/parallel/ranks.hpp"

namespace adjoint {

inline constexpr const char* kMpiModule = "libadjoint_mpi.so";
inline constexpr const char* kStartMpi = "adjoint_start_mpi";
/// Starts MPI. Throws RunError if it cannot.
using StartMpi = Ranks*();

}  // namespace adjoint
