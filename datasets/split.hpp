#pragma once

#include <vector>

#include "datasets/dataset.hpp"

namespace adjoint {

/// Some samples of another dataset, in a given order.
class Subset : public Dataset {
 public:
  /// `groups` are positions of whole images: with patches, all patches of an image come along.
  Subset(DatasetPtr whole, std::vector<Index> groups);

  Index size() const override;
  Shape shape() const override { return whole_->shape(); }
  Index group() const override { return whole_->group(); }
  void read(Index index, std::uint32_t epoch, View sample) const override;
  Tensor whole(Index index) const override { return whole_->whole(position(index)); }
  std::string image_name(Index index) const override { return whole_->image_name(position(index)); }
  Levels levels() const override { return whole_->levels(); }
  bool paired() const override { return whole_->paired(); }
  void read_input(Index index, std::uint32_t epoch, View input) const override;
  Index blocks_at_once() const override { return whole_->blocks_at_once(); }
  Index block(Index index) const override { return whole_->block(position(index)); }
  Index label(Index index) const override { return whole_->label(position(index)); }
  std::vector<std::string> label_names() const override { return whole_->label_names(); }

 private:
  Index position(Index index) const;  // in the whole

  DatasetPtr whole_;
  std::vector<Index> groups_;
};

/// The images to train on, and those held out.
struct Split {
  DatasetPtr train;
  DatasetPtr validation;  // null if nothing is held out
};

/// Holds out a random `fraction` of the images, in [0, 1): at least one if the fraction is not 0.
/// A pure function of the seed. Throws InputError if nothing would be left to train on.
Split split_dataset(DatasetPtr whole, double fraction, std::uint64_t seed);

}  // namespace adjoint
