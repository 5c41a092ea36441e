#pragma once

#include "datasets/sources/marked_dataset.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

class Keys;

/// Settings of synthetic images of the style "fabric".
struct FabricSpec {
  Extent2 size{64, 64};
  Index count = 2000;
  Presence defects = Presence::some;
  double probability = 0.5;  // of a defect in an image, for `some`

  void keys(Keys& key);
};

/// Photographs of woven cloth, gray: a plain weave, whose threads go over and under each other in
/// turns. Threads are about 8 pixels apart, differ a little in brightness and wander a little; the
/// cloth is turned by up to 3 degrees, the light uneven, and there is some noise. Some images show
/// one defect: a missing thread, a stain, a cut, or threads that go over or under the wrong way.
/// Sizes are pixels, whatever the size of the image: a large image is a larger piece of the same
/// cloth, with a defect as small as in a small one.
/// An image is a pure function of (seed, epoch, index); with and without its defect it is otherwise
/// the same.
class FabricDataset : public MarkedDataset {
 public:
  FabricDataset(const FabricSpec& spec, std::uint64_t seed)
      : MarkedDataset(spec.defects, spec.probability, seed), spec_(spec) {}

  Index size() const override { return spec_.count; }
  Shape shape() const override { return {spec_.size.h, spec_.size.w, 1}; }
  void read(Index index, std::uint32_t epoch, View sample) const override;
  std::vector<std::string> label_names() const override { return {"no defect", "defect"}; }
  void read_mask(Index index, std::uint32_t epoch, View mask) const override;

 private:
  FabricSpec spec_;
};

}  // namespace adjoint
