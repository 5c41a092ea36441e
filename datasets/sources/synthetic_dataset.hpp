#pragma once

#include <span>
#include <string>

#include "datasets/dataset.hpp"
#include "datasets/sources/radar_dataset.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

/// A style of synthetic images.
struct SyntheticStyle {
  const char* name;
  const char* doc;
};
std::span<const SyntheticStyle> synthetic_styles();

/// The source "synthetic".
struct SyntheticSpec {
  Extent2 size{32, 32};
  Index channels = 1;           // 1 or 3
  Index count = 2000;           // samples of an epoch
  std::string style = "mixed";  // a name of synthetic_styles()
  RadarSpec radar;              // for that style; size and count are those above

  void keys(Keys& key);
  DatasetPtr open(const SourcePlace& place) const;
};

/// Images that are made, not stored: shapes with smooth edges on gradients, textures, or both.
/// Every epoch brings new ones; each is a pure function of (seed, epoch, index) and reaches from 0
/// to 1.
class SyntheticDataset : public Dataset {
 public:
  SyntheticDataset(const SyntheticSpec& spec, std::uint64_t seed);

  Index size() const override { return spec_.count; }
  Shape shape() const override { return {spec_.size.h, spec_.size.w, spec_.channels}; }
  void read(Index index, std::uint32_t epoch, View sample) const override;

 private:
  SyntheticSpec spec_;
  std::uint64_t seed_;
};

}  // namespace adjoint
