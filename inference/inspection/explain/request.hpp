#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/conv/zero_insertion.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The convolution to explain: one channel on each side, walked in one direction.
enum class Direction { conv, transpose };
constexpr std::array<std::string_view, 2> config_names(Direction) {
  return {"conv", "transpose"};
}

/// One convolution to explain: the options of `adjoint explain`.
struct ExplainRequest {
  Direction direction = Direction::conv;
  Extent2 input{4, 4};  // of the image for conv, of the features for transpose
  Extent2 kernel{3, 3};
  Extent2 stride{};
  Extent2 dilation{};
  PaddingRule padding{};
  std::optional<Extent2> output_padding{};  // for transpose
  std::vector<Real> input_values{};         // row by row; empty: 1, 2, 3, ...
  std::vector<Real> kernel_values{};        // row by row; empty: 1, 2, 3, ...
};

/// "same", "valid", or a number of zeros on every side. Throws InputError for anything else.
PaddingRule parse_padding(std::string_view text);

/// Everything that there is to say about a request, worked out. All tensors are matrices.
struct Explanation {
  Direction direction;
  ConvGeometry geometry;
  Index output_padding_h = 0;  // rows and columns of the image beyond the smallest with
  Index output_padding_w = 0;  // these features
  Tensor kernel;               // (kh, kw)
  Tensor image;                // (H, W): the input of conv, the output of transpose
  Tensor features;             // (h, w): the output of conv, the input of transpose
  Tensor a;                    // (h w, H W): features = A image
  Tensor a_at;                 // A A^T
  Tensor at_a;                 // A^T A
  bool a_at_is_identity = false;
  bool at_a_is_identity = false;
  ZeroInsertion zero_insertion;     // of the transposed convolution of these features
  Tensor transposed;                // (H, W): A^T features
  Tensor transposed_by_insertion;   // (H, W): the same by zero insertion
  double largest_difference = 0.0;  // between the two

  bool is_conv() const { return direction == Direction::conv; }
};

/// Throws InputError for a convolution that cannot be, values whose count does not fit, or sides so
/// large that nobody could read their matrix.
Explanation explain(const ExplainRequest& request);

}  // namespace adjoint
