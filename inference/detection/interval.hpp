#pragma once

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// Where a share lies, in [0, 1].
struct Interval {
  double low = 0;
  double high = 1;
};

/// The 95 % interval of a share of which `count` of `of` (at least 1) were seen, after Wilson.
/// Source: Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286.
Interval wilson_interval(Index count, Index of);

}  // namespace adjoint
