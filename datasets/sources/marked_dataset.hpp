#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "datasets/dataset.hpp"

namespace adjoint {

/// Which images show what is to be found.
enum class Presence { none, some, all };
constexpr std::array<std::string_view, 3> config_names(Presence) {
  return {"none", "some", "all"};
}

/// A rectangle of pixels; right and bottom are the first ones outside it.
struct PixelBox {
  Index left = 0, top = 0, right = 0, bottom = 0;
  bool operator==(const PixelBox&) const = default;
};

/// Made images, some of which show what is to be found: a defect, a buried object. It is known
/// which ones, and where. Labels: 0 without, 1 with; the same in every epoch.
class MarkedDataset : public Dataset {
 public:
  /// `probability`: of an image that shows it, for Presence::some.
  MarkedDataset(Presence presence, double probability, std::uint64_t seed)
      : presence_(presence), probability_(probability), seed_(seed) {}

  Index label(Index index) const override;
  /// Writes 1 where it is, and not too weak to be seen; else 0. All 0 for the label 0.
  virtual void read_mask(Index index, std::uint32_t epoch, View mask) const = 0;

 protected:
  std::uint64_t seed() const { return seed_; }

 private:
  Presence presence_;
  double probability_;
  std::uint64_t seed_;
};

/// The smallest rectangle around what is not 0; nothing if all is.
std::optional<PixelBox> box_around(ConstView mask);

}  // namespace adjoint
