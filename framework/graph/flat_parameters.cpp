#include "framework/graph/flat_parameters.hpp"

#include <algorithm>

namespace adjoint {

FlatParameters::FlatParameters(const Model& model, Index shards) : shards_(shards) {
  Index end = 0;
  for (const Parameter& parameter : model.parameters()) {
    places_.push_back(parameter.trainable ? end : -1);
    if (parameter.trainable) end += aligned(static_cast<Index>(parameter.value.size()));
  }
  slice_size_ = aligned((end + shards - 1) / shards);
  for (Index slice = 0; slice < shards; ++slice) {
    first_pieces_.push_back(static_cast<Index>(pieces_.size()));
    const Index begin = slice * slice_size_;
    for (std::size_t p = 0; p < places_.size(); ++p) {
      if (places_[p] < 0) continue;
      const auto size = static_cast<Index>(model.parameters()[p].value.size());
      const Index first = std::max(begin, places_[p]);
      const Index last = std::min(begin + slice_size_, places_[p] + size);
      if (first >= last) continue;
      pieces_.push_back({.parameter = static_cast<Index>(p),
                         .first = first - places_[p],
                         .size = last - first,
                         .place = first});
    }
  }
  first_pieces_.push_back(static_cast<Index>(pieces_.size()));
}

std::span<const FlatParameters::Piece> FlatParameters::pieces(Index slice) const {
  const auto first = static_cast<std::size_t>(first_pieces_[static_cast<std::size_t>(slice)]);
  const auto last = static_cast<std::size_t>(first_pieces_[static_cast<std::size_t>(slice) + 1]);
  return std::span(pieces_).subspan(first, last - first);
}

}  // namespace adjoint
