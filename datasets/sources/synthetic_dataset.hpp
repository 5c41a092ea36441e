#pragma once

#include <array>
#include <string_view>

#include "datasets/dataset.hpp"
#include "datasets/sources/fabric_dataset.hpp"
#include "datasets/sources/radar_dataset.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

enum class SyntheticStyle { mixed, shapes, textures, signal, radar, fabric };
constexpr std::array<std::string_view, 6> config_names(SyntheticStyle) {
  return {"mixed", "shapes", "textures", "signal", "radar", "fabric"};
}
/// The content of such images, in a few words.
std::string_view description(SyntheticStyle style);

/// The source "synthetic".
struct SyntheticSpec {
  Extent2 size{32, 32};
  Index channels = 1;  // 1 or 3
  Index count = 2000;  // samples of an epoch
  SyntheticStyle style = SyntheticStyle::mixed;
  RadarSpec radar;    // for that style; size and count are those above
  FabricSpec fabric;  // the same

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
