#pragma once

// The convolutions that tests and benchmarks run over: a table of named ones, and random ones.

#include <string>
#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

struct ConvCase {
  std::string name;
  Index batch;
  Plane image;
  Index filters;
  ConvSpec spec;

  ConvGeometry geometry() const { return ConvGeometry::from_image(spec, image, filters); }
};

inline PaddingRule same_padding() {
  return {.kind = PaddingRule::Kind::same};
}
inline PaddingRule zeros(Index top, Index bottom, Index left, Index right) {
  return {.kind = PaddingRule::Kind::explicit_zeros, .zeros = {top, bottom, left, right}};
}

/// The layers of the networks whose training steps are timed, in the batches that one thread works
/// on at a time.
inline std::vector<ConvCase> layer_cases() {
  const ConvSpec same5{.kernel = {5, 5}, .padding = same_padding()};
  const ConvSpec same3{.kernel = {3, 3}, .padding = same_padding()};
  const ConvSpec same3_stride2{.kernel = {3, 3}, .stride = {2, 2}, .padding = same_padding()};
  return {
      {"denoise28_outer", 16, {28, 28, 1}, 32, same3_stride2},
      {"denoise28_inner", 16, {14, 14, 32}, 64, same3_stride2},
      {"colour32_outer", 8, {32, 32, 3}, 32, same3_stride2},
      {"colour32_middle", 8, {16, 16, 32}, 64, same3_stride2},
      {"colour32_inner", 8, {8, 8, 64}, 128, same3_stride2},
      {"deep64_outer", 2, {50, 50, 1}, 64, same3},
      {"deep64_inner", 2, {50, 50, 64}, 64, same3},
      {"keras28_first", 16, {28, 28, 1}, 32, same3},
      {"keras28_second", 16, {14, 14, 32}, 32, same3},
      {"keras28_up7", 16, {14, 14, 32}, 32, same3_stride2},
      {"keras28_up14", 16, {28, 28, 32}, 32, same3_stride2},
      {"keras28_last", 16, {28, 28, 32}, 1, same3},
      {"unet64_joined", 1, {32, 32, 128}, 64, same5},
      {"residual41_inner", 1, {41, 41, 128}, 128, same3},
      {"depthwise32_inner",
       2,
       {32, 32, 64},
       64,
       {.kernel = {3, 3}, .groups = 64, .padding = same_padding()}},
      {"depthwise32_pointwise", 2, {32, 32, 64}, 64, {}},
      {"pooling28_inner", 16, {14, 14, 16}, 8, same3},
      {"grouped48_inner",
       1,
       {48, 48, 64},
       64,
       {.kernel = {3, 3}, .groups = 8, .padding = same_padding()}},
      {"bottleneck32_narrow", 2, {32, 32, 16}, 16, same3},
  };
}

/// Each row is there for a reason; sizes are small enough for the reference engine.
inline std::vector<ConvCase> conv_cases() {
  const ConvSpec same3{.kernel = {3, 3}, .padding = same_padding()};
  const ConvSpec same3_stride2{.kernel = {3, 3}, .stride = {2, 2}, .padding = same_padding()};
  return {
      {"one_pixel", 1, {1, 1, 1}, 1, {}},
      {"literature_4x4", 1, {4, 4, 1}, 1, {.kernel = {3, 3}}},
      {"image_side", 2, {28, 28, 1}, 32, same3},
      {"image_side_stride2", 2, {28, 28, 1}, 32, same3_stride2},
      {"rgb_side", 2, {16, 20, 3}, 16, same3},
      {"rgb_side_stride2", 1, {32, 32, 3}, 32, same3_stride2},
      {"many_bands", 1, {150, 50, 1}, 40, same3},
      {"wide_image", 2, {6, 900, 1}, 17, same3_stride2},
      {"four_channels",
       2,
       {13, 18, 4},
       33,
       {.kernel = {5, 5}, .stride = {3, 2}, .padding = same_padding()}},
      {"kernel_above_band", 1, {70, 300, 2}, 20, {.kernel = {23, 3}, .stride = {2, 1}}},
      {"unseen_columns", 2, {12, 9, 3}, 8, {.kernel = {2, 2}, .stride = {5, 6}}},
      {"thin_features", 2, {30, 50, 64}, 1, same3},
      {"thin_features_rgb",
       2,
       {19, 21, 20},
       3,
       {.kernel = {4, 5}, .dilation = {2, 1}, .padding = zeros(1, 3, 5, 0)}},
      {"thin_features_padded", 2, {5, 6, 9}, 2, {.kernel = {2, 3}, .padding = zeros(3, 2, 4, 5)}},
      {"thin_features_stride2", 2, {9, 8, 7}, 3, same3_stride2},
      {"inner", 2, {14, 14, 32}, 64, same3_stride2},
      {"bottleneck", 3, {7, 7, 64}, 8, same3},
      {"wide_rows", 1, {5, 70, 16}, 8, same3},
      {"winograd_odd", 3, {9, 11, 26}, 37, same3},
      {"winograd_asymmetric", 2, {7, 6, 40}, 24, {.kernel = {3, 3}, .padding = zeros(0, 3, 4, 1)}},
      {"winograd_5x5", 3, {9, 11, 26}, 37, {.kernel = {5, 5}, .padding = same_padding()}},
      {"winograd_5x5_asymmetric",
       2,
       {7, 6, 40},
       24,
       {.kernel = {5, 5}, .padding = zeros(0, 3, 4, 1)}},
      {"winograd_one_pixel", 3, {1, 1, 48}, 50, same3},
      {"many_chunks", 3, {40, 36, 24}, 8, same3},
      {"one_filter", 2, {12, 9, 8}, 1, same3},
      {"pointwise", 3, {6, 5, 7}, 9, {}},
      {"pointwise_groups", 3, {6, 5, 8}, 12, {.groups = 4}},
      {"pointwise_stride2", 2, {7, 6, 4}, 5, {.stride = {2, 2}}},
      {"one_filter_pointwise", 2, {6, 5, 7}, 1, {}},
      {"depthwise", 2, {9, 8, 6}, 6, {.kernel = {3, 3}, .groups = 6, .padding = same_padding()}},
      {"depthwise_many",
       2,
       {8, 11, 37},
       37,
       {.kernel = {5, 3},
        .stride = {1, 2},
        .dilation = {2, 1},
        .groups = 37,
        .padding = zeros(3, 5, 4, 2)}},
      {"depthwise_twice", 2, {9, 8, 6}, 12, {.kernel = {3, 2}, .stride = {2, 1}, .groups = 6}},
      {"groups", 2, {8, 9, 6}, 9, {.kernel = {3, 3}, .groups = 3, .padding = zeros(1, 0, 2, 1)}},
      {"groups_of_many",
       3,
       {9, 8, 20},
       30,
       {.kernel = {3, 3}, .stride = {2, 1}, .groups = 2, .padding = same_padding()}},
      {"groups_of_registers",
       2,
       {8, 9, 32},
       32,
       {.kernel = {3, 2}, .groups = 2, .padding = zeros(1, 0, 2, 1)}},
      {"depthwise_rows", 2, {5, 21, 6}, 6, {.kernel = {3, 4}, .dilation = {1, 2}, .groups = 6}},
      {"dilated",
       2,
       {11, 13, 3},
       4,
       {.kernel = {3, 3}, .dilation = {2, 3}, .padding = zeros(2, 2, 3, 3)}},
      {"even_kernel_same",
       2,
       {9, 10, 2},
       3,
       {.kernel = {4, 2}, .stride = {2, 3}, .padding = same_padding()}},
      {"kernel_below_stride",
       2,
       {11, 10, 3},
       2,
       {.kernel = {2, 1}, .stride = {3, 4}, .padding = same_padding()}},
      {"asymmetric",
       3,
       {7, 9, 2},
       5,
       {.kernel = {2, 5}, .stride = {1, 3}, .padding = zeros(0, 3, 4, 1)}},
      {"whole_image", 2, {6, 4, 3}, 10, {.kernel = {6, 4}}},
      {"more_padding_than_kernel",
       1,
       {3, 3, 2},
       2,
       {.kernel = {2, 2}, .padding = zeros(4, 3, 0, 5)}},
  };
}

/// A random convolution that fits, a pure function of `index`.
inline ConvCase random_conv_case(std::uint32_t index) {
  Random random({.seed = 20160323, .purpose = Purpose::test, .index = index});
  const auto between = [&](Index low, Index high) {
    return low + static_cast<Index>(random.below(static_cast<std::uint64_t>(high - low + 1)));
  };
  while (true) {
    ConvSpec spec{.kernel = {between(1, 5), between(1, 5)},
                  .stride = {between(1, 4), between(1, 4)},
                  .dilation = {between(1, 3), between(1, 3)}};
    if (between(0, 2) == 0) spec.groups = between(2, 4);
    const bool depthwise = spec.groups > 1 && between(0, 1) == 0;
    switch (between(0, 3)) {
      case 0:
        break;  // valid
      case 1:
        spec.padding = same_padding();
        break;
      default:
        spec.padding = zeros(between(0, 4), between(0, 4), between(0, 4), between(0, 4));
    }
    ConvCase c{
        .name = "random_" + std::to_string(index),
        .batch = between(1, 3),
        .image = {between(1, 13), between(1, 13), spec.groups * (depthwise ? 1 : between(1, 5))},
        .filters = spec.groups * between(1, 5),
        .spec = spec};
    const bool free_padding = spec.padding.kind == PaddingRule::Kind::same;
    const Padding& p = spec.padding.zeros;
    const bool fits = feature_extent(c.image.h, spec.kernel.h, spec.stride.h, spec.dilation.h,
                                     p.top, p.bottom) > 0 &&
                      feature_extent(c.image.w, spec.kernel.w, spec.stride.w, spec.dilation.w,
                                     p.left, p.right) > 0;
    if (free_padding || fits) return c;
  }
}

/// The text that GoogleTest prints for a case.
inline void PrintTo(const ConvCase& c, std::ostream* out) {
  *out << c.name << " (batch " << c.batch << ", " << to_string(c.geometry()) << ")";
}

}  // namespace adjoint
