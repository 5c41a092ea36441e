#pragma once

#include <optional>
#include <string>

#include "datasets/dataset.hpp"

namespace adjoint {

/// Watches whether the numbers of images lie where the model expects them, in [0, 1]: 12-bit data
/// in 16-bit files fill a sixteenth of that, floats may go far beyond.
class LevelCheck {
 public:
  /// Looks at some images; those of 8 bits and those that are made tell nothing.
  void add(ConstView pixels, const Levels& levels);

  /// A warning if the values seen so far are far from [0, 1], with the likely white level.
  /// `remedy` says how to set it, with {} for the number: "--white {}".
  std::optional<std::string> warning(const std::string& remedy) const;
  /// The white level that the warning names; nothing where there is none, or no level is likely.
  std::optional<double> likely_white() const;

 private:
  bool beyond() const;
  bool small() const;
  double highest() const;  // as stored
  Levels levels_;          // of the first images that have any
  double low_ = 0, high_ = 0;
};

/// A LevelCheck over the first images of a dataset.
std::optional<std::string> level_warning(const Dataset& dataset, const std::string& remedy);

}  // namespace adjoint
