#pragma once

#include <filesystem>
#include <vector>

#include "framework/parallel/ranks.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A picture of some inputs beside their outputs and, where there are any, their references: the
/// first images of one size, a row each.
class ComparisonPicture {
 public:
  /// Of images whose outputs have this shape, (height, width, channels).
  explicit ComparisonPicture(const Shape& output) : shape_(output) {}

  /// Adds an image, of that number among all, (height, width, channels) each; a smaller input is
  /// enlarged. `reference` is null in all calls or in none. Numbers ascend.
  void add(Index number, ConstView input, ConstView output, const ConstView* reference);
  /// Collective: rank 0 then has the rows of all ranks.
  void bring_together(Ranks& ranks);
  /// Throws RunError if the file cannot be written, InputError if its name is not an image's.
  void write(const std::filesystem::path& path) const;

 private:
  struct Row {
    Index number;
    std::vector<std::vector<Real>> columns;
  };
  Shape shape_;
  std::vector<Row> rows_;
};

}  // namespace adjoint
