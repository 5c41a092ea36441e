// Loops over the rows of a ChannelGroup; see simd.inl.

#if defined(ADJOINT_CHANNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_CHANNELS_INL
#undef ADJOINT_CHANNELS_INL
#else
#define ADJOINT_CHANNELS_INL
#endif

#include "framework/pointwise/channel_group.hpp"
#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {

/// Calls visit(first element, elements) for every row.
template <class Visit>
HWY_INLINE void for_each_row(const ChannelGroup& group, Index size, Visit visit) {
  for (Index i = group.first; i < size; i += group.stride) {
    visit(i, std::min(group.width, size - i));
  }
}

/// K sums per channel. add_row(first element, elements, sums) adds a row to K rows of sums, in
/// Sum; those go into doubles every 64 rows. store(channel, totals) takes the K results.
template <class Sum, int K, class AddRow, class Store>
HWY_INLINE void sum_rows(const ChannelGroup& group, Index size, AddRow add_row, Store store) {
  Sum sums[K][kRow];
  double totals[K][kRow];
  for (auto& total : totals) std::fill_n(total, group.count, 0.0);
  const Index block = 64 * group.stride;
  for (Index begin = group.first; begin < size; begin += block) {
    for (auto& sum : sums) std::fill_n(sum, group.width, Sum{0});
    const Index end = std::min(begin + block, size);
    for (Index i = begin; i < end; i += group.stride) {
      add_row(i, std::min(group.width, size - i), sums);
    }
    for (int k = 0; k < K; ++k) {
      for (Index j = 0; j < group.width; j += group.count) {
        for (Index c = 0; c < group.count; ++c) totals[k][c] += sums[k][j + c];
      }
    }
  }
  for (Index c = 0; c < group.count; ++c) {
    double results[K];
    for (int k = 0; k < K; ++k) results[k] = totals[k][c];
    store(group.first + c, results);
  }
}

}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
