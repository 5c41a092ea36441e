#pragma once

#include <span>
#include <vector>

#include "framework/graph/model.hpp"
#include "framework/parallel/shard_tree.hpp"
#include "framework/tensor/aligned_vector.hpp"

namespace adjoint {

/// The trainable parameters of a model as one row of numbers, cut into as many slices as a batch
/// has shards: the rank that takes a shard also keeps what its slice needs (the gradient, the
/// optimizer's state, moving averages) and updates it. Each parameter begins at a multiple of the
/// vector width, so that no result depends on where a slice ends.
class FlatParameters {
 public:
  FlatParameters(const Model& model, Index shards);

  /// A run of numbers of one parameter.
  struct Piece {
    Index parameter = 0;
    Index first = 0;  // among the parameter's numbers
    Index size = 0;
    Index place = 0;  // in the row
  };

  /// Of the row: shards * slice_size().
  Index size() const { return slice_size_ * shards_; }
  Index slice_size() const { return slice_size_; }
  /// Where a parameter begins; -1 if it is not trainable.
  Index place(Index parameter) const { return places_[static_cast<std::size_t>(parameter)]; }
  /// What one slice holds.
  std::span<const Piece> pieces(Index slice) const;

 private:
  Index shards_;
  Index slice_size_ = 0;
  std::vector<Index> places_;
  std::vector<Piece> pieces_;
  std::vector<Index> first_pieces_;  // of each slice, and the end
};

}  // namespace adjoint
