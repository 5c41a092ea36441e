#pragma once

#include <functional>

#include "framework/parallel/ranks.hpp"

namespace adjoint {

/// Runs body(ranks) once for each of `size` ranks, which are threads of this process, and returns
/// when all have ended. Rethrows the first exception that is not a RankFailure.
void run_thread_ranks(int size, const std::function<void(Ranks&)>& body);

}  // namespace adjoint
