#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Purpose of a random number. Purposes draw from disjoint streams; never renumber them, because
/// every run that was ever made depends on the values.
enum class Purpose : std::uint16_t {
  initialize = 1,
  shuffle = 2,
  split = 3,
  corruption = 4,
  crop = 5,
  synthetic = 6,
  dropout = 7,
  test = 8,
  augmentation = 9,
  second_corruption = 10,  // of a target that is noisy, too
  pair_order = 11,
  blind_spots = 12,
  importance_samples = 13,  // codes of an encoder, for an estimate of log p(x)
};

/// Names one stream of random numbers. `salt` tells apart several users of one purpose: the
/// position of a corruption in its list, or of a layer in its model.
struct RandomKey {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::test;
  std::uint16_t salt = 0;
  std::uint32_t epoch = 0;
  std::uint32_t index = 0;
};

/// Counter-based random numbers: the n-th number of a stream is a pure function of its key and n,
/// so that nothing depends on the order of evaluation and nothing needs saving. Source: Salmon et
/// al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), Philox4x32-10.
class Random {
 public:
  explicit Random(const RandomKey& key);

  /// 32 random bits.
  std::uint32_t bits();
  /// Uniform in [0, 1), 24 bits.
  float uniform();
  /// Uniform in [low, high).
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// Uniform on 0 ... count - 1; count >= 1.
  std::uint64_t below(std::uint64_t count);
  /// Standard normal (Box-Muller).
  float normal();

 private:
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
  float spare_normal_ = 0;
  bool has_spare_ = false;
};

/// One block of Philox4x32-10: four words from a counter and a key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// A permutation of 0 ... count - 1, a pure function of the key.
std::vector<Index> permutation(Index count, const RandomKey& key);

}  // namespace adjoint
