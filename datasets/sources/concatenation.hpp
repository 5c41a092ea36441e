#pragma once

#include <string>
#include <vector>

#include "datasets/data_spec.hpp"

namespace adjoint {

/// The source "parts": several sources, one after the other, each a table [[data.part]].
struct PartsSource {
  std::vector<SourceSpec> parts;

  void keys(Keys& key);
  DatasetPtr open(const SourcePlace& place) const;
};

/// All samples of several datasets. Labels are those of the parts; if any part has names for them,
/// they are told apart by name, and plain numbers serve as names.
class Concatenation : public Dataset {
 public:
  /// Throws InputError if there is no part, or the parts differ in shape or in patches of an image.
  explicit Concatenation(std::vector<DatasetPtr> parts);

  Index size() const override { return ends_.back(); }
  Shape shape() const override { return parts_[0]->shape(); }
  Index group() const override { return parts_[0]->group(); }
  void read(Index index, std::uint32_t epoch, View sample) const override;
  Tensor whole(Index index) const override;
  std::string image_name(Index index) const override;
  Levels levels() const override { return parts_[0]->levels(); }
  bool paired() const override;
  void read_input(Index index, std::uint32_t epoch, View input) const override;
  Index blocks_at_once() const override;
  Index block(Index index) const override;
  Index label(Index index) const override;
  std::vector<std::string> label_names() const override { return label_names_; }

 private:
  struct Place {
    std::size_t part;
    Index index;
  };
  Place place_of(Index index) const;

  std::vector<DatasetPtr> parts_;
  std::vector<Index> ends_;  // of the parts, in samples
  std::vector<std::string> label_names_;
};

}  // namespace adjoint
