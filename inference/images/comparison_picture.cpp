#include "inference/images/comparison_picture.hpp"

#include "datasets/formats/image_file.hpp"
#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"

namespace adjoint {
namespace {

constexpr Index kMostRows = 8;

}  // namespace

void ComparisonPicture::add(ConstView input, ConstView output, const ConstView* reference) {
  if (columns_.empty()) columns_.resize(reference ? 3 : 2);
  if (shape_.empty()) shape_ = output.shape.sample();
  if (!(shape_ == output.shape.sample()) || rows_ == kMostRows) return;
  const Tensor large = input.shape == output.shape
                           ? copy_of(input)
                           : resized_batch(input, shape_[0], shape_[1], Filter::box);
  const ConstView views[] = {view(large), output, reference ? *reference : ConstView{}};
  const Index count = std::min(input.shape[0], kMostRows - rows_);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const auto part = views[c].slice(0, count).flat();
    columns_[c].insert(columns_[c].end(), part.begin(), part.end());
  }
  rows_ += count;
}

void ComparisonPicture::write(const std::filesystem::path& path) const {
  std::vector<ConstView> views;
  for (const std::vector<Real>& column : columns_)
    views.push_back({column.data(), shape_.batched(rows_)});
  const Tensor grid = image_grid(views);
  write_image(path, view(grid));
}

}  // namespace adjoint
