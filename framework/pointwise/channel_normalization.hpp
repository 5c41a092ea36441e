#pragma once

#include "framework/pointwise/channel_group.hpp"

namespace adjoint {

// The sums and products of normalization layers over (positions, C), for one group of channels.
// Factors are rows that fill_row() made; sum[i] and product[i] are those of channel group.first +
// i.

/// The sums of x and of x * y, accumulated in double: of a large mean that is taken off later,
/// every digit counts.
void sum_products(const ChannelGroup& group, ConstView x, ConstView y, double* sum,
                  double* product);

/// y = (x - mean) * scale + shift: centred first, which loses no digits where the mean is large.
void normalize(const ChannelGroup& group, const Real* mean, const Real* scale, const Real* shift,
               ConstView x, View y);

/// The sums of dy and of dy * (x - mean).
void sum_gradients(const ChannelGroup& group, const Real* mean, ConstView x, ConstView dy,
                   double* sum, double* product);

/// dx = dy * scale - (x - mean) * slope - offset
void normalize_gradient(const ChannelGroup& group, const Real* mean, const Real* scale,
                        const Real* slope, const Real* offset, ConstView x, ConstView dy, View dx);

/// y = x * scale, but 0 where the scale is.
void scale_channels(const ChannelGroup& group, const Real* scale, ConstView x, View y);

}  // namespace adjoint
