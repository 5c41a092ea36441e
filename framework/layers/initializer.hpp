#pragma once

#include <array>

#include "framework/settings/named_enum.hpp"
#include "framework/tensor/random.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Initializer of a parameter, with Keras's names. Fans are Keras's: the last two extents, fan_in
/// and fan_out, times the product of those before.
///   glorot_uniform   uniform in [-l, l], l = sqrt(6 / (fan_in + fan_out))
///   glorot_normal    normal of variance 2 / (fan_in + fan_out), cut at two deviations
///   he_uniform       as glorot_uniform, l = sqrt(6 / fan_in)
///   he_normal        as glorot_normal, of variance 2 / fan_in
///   orthogonal       the matrix (all but the last extent) x (the last) has orthogonal columns, or
///                    rows if those are fewer, of length `gain`
///   bilinear         a kernel (kh, kw, C, K) that interpolates feature k into channel k modulo C;
///                    for transposed convolutions of kernel_size 2 * strides - strides % 2
///   icnr             glorot_uniform, the same for the block_size^2 features that DepthToSpace lays
///                    out beside each other, so that it begins as nearest-neighbour upsampling
///   zeros, ones
/// Sources: Glorot & Bengio (2010); He et al., arXiv:1502.01852; Saxe et al., arXiv:1312.6120; Long
/// et al., arXiv:1411.4038 (bilinear); Aitken et al., arXiv:1707.02937 (icnr).
struct Initializer {
  enum class Kind {
    glorot_uniform,
    glorot_normal,
    he_uniform,
    he_normal,
    orthogonal,
    bilinear,
    icnr,
    zeros,
    ones
  };
  using enum Kind;

  Kind kind = zeros;
  double gain = 1;       // orthogonal
  Index block_size = 2;  // icnr

  Initializer(Kind kind = Kind::zeros, double gain = 1, Index block_size = 2)
      : kind(kind), gain(gain), block_size(block_size) {}
  bool operator==(const Initializer&) const = default;
};

constexpr std::array<std::string_view, 9> config_names(Initializer::Kind) {
  return {"glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "orthogonal",
          "bilinear",       "icnr",          "zeros",      "ones"};
}
/// The kind of that name; throws InputError listing the names there are.
Initializer::Kind initializer_kind(std::string_view name);
std::vector<std::string> initializer_names();

/// Throws InputError if the initializer cannot fill a parameter of that shape.
void check_fits(const Initializer& initializer, const Shape& shape);
/// Fills a parameter: a pure function of the key.
void initialize(const Initializer& initializer, const RandomKey& key, View parameter);

}  // namespace adjoint
