#pragma once

namespace adjoint {

/// Multiply-adds in float that one core does at best, in GFLOP/s (two operations each), measured
/// for about `seconds` on values in registers with the widest vectors of this processor.
double fma_peak(double seconds);

}  // namespace adjoint
