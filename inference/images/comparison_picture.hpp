#pragma once

#include <filesystem>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A picture of some inputs beside their outputs and, where there are any, their references: the
/// first images of one size, a row each.
class ComparisonPicture {
 public:
  /// Adds a batch, (count, height, width, channels) each; smaller inputs are enlarged. `reference`
  /// is null in all calls or in none.
  void add(ConstView input, ConstView output, const ConstView* reference);
  /// Throws RunError if the file cannot be written, InputError if its name is not an image's.
  void write(const std::filesystem::path& path) const;

 private:
  Shape shape_;
  Index rows_ = 0;
  std::vector<std::vector<Real>> columns_;
};

}  // namespace adjoint
