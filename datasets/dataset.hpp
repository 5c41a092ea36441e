#pragma once

#include <memory>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Images of one shape, read in any order: every source of data is one of these.
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// Number of samples.
  virtual Index size() const = 0;
  /// (height, width, channels) of every sample.
  virtual Shape shape() const = 0;
  /// Writes one sample, in [0, 1]: a pure function of dataset, index and epoch. A random patch or a
  /// synthetic image may change with the epoch, a stored image does not. Any number of threads may
  /// read at once.
  virtual void read(Index index, std::uint32_t epoch, View sample) const = 0;
  /// How many consecutive samples show one image (its patches): a split never separates them.
  virtual Index group() const { return 1; }
};

using DatasetPtr = std::shared_ptr<const Dataset>;

/// The epoch of everything that must look the same in every epoch: validation images, their patches
/// and their noise. No training epoch gets there.
inline constexpr std::uint32_t kFixedEpoch = 0xFFFFFFFF;

}  // namespace adjoint
