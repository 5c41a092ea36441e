#pragma once

#include <string>
#include <vector>

#include "datasets/sources/marked_dataset.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

class Keys;

/// Settings of synthetic images of the style "radar".
struct RadarSpec {
  Extent2 size{64, 64};
  Index count = 2000;
  Presence buried_object = Presence::some;
  double probability = 0.5;  // of an object in a scan, for `some`

  void keys(Keys& key);
};

/// Scans of a ground-penetrating radar, gray: rows are travel times from the surface down, columns
/// places of the antenna. A trace adds up Ricker wavelets: the direct wave, the reflections of
/// layers whose boundaries undulate gently, and in some scans the echo of a buried object, at the
/// time
///     t(x) = 2/v sqrt(d^2 + (x - x0)^2)
/// of the way there and back: depth d, place x0, speed v. What comes later is weaker: by absorption
/// everything, the echo also as its way grows. Then come a little noise, and 0.5 for no signal.
/// Labels: 0 without an object, 1 with one, the same in every epoch; the scan itself changes with
/// the epoch and is a pure function of (seed, epoch, index).
/// Source: D. J. Daniels (ed.), "Ground Penetrating Radar", 2nd edition, IEE 2004; N. Ricker, "The
/// form and laws of propagation of seismic wavelets", Geophysics 18 (1953).
class RadarDataset : public MarkedDataset {
 public:
  RadarDataset(const RadarSpec& spec, std::uint64_t seed)
      : MarkedDataset(spec.buried_object, spec.probability, seed), spec_(spec) {}

  Index size() const override { return spec_.count; }
  Shape shape() const override { return {spec_.size.h, spec_.size.w, 1}; }
  void read(Index index, std::uint32_t epoch, View sample) const override;
  std::vector<std::string> label_names() const override { return {"no object", "object"}; }

  void read_mask(Index index, std::uint32_t epoch, View mask) const override;

 private:
  struct Scene;
  Scene scene(Index index, std::uint32_t epoch) const;

  RadarSpec spec_;
};

}  // namespace adjoint
