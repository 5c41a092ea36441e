#include "inference/images/spread.hpp"

#include <fmt/ranges.h>

#include "framework/parallel/check_alike.hpp"
#include "inference/images/weights_checksum.hpp"

namespace adjoint {

Spread::Spread(ImageSource& source, ImageModel& model, Ranks& ranks) : model_(model) {
  if (ranks.several()) {
    check_alike(ranks, {{"model (checksum of its weights)", weights_checksum(model)},
                        {"images", fmt::format("{}", fmt::join(source.names(), "\n"))}});
  }
  const bool whole_images = static_cast<int>(source.names().size()) >= ranks.size();
  keeps_ = whole_images || ranks.first();
  if (whole_images) {
    source.share(ranks);
  } else {
    model.share_tiles(ranks);
  }
}

Spread::~Spread() {
  model_.share_tiles(alone());
}

}  // namespace adjoint
