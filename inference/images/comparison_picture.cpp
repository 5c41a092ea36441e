#include "inference/images/comparison_picture.hpp"

#include "datasets/formats/image_file.hpp"
#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "framework/parallel/message.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kMostRows = 8;

}  // namespace

void ComparisonPicture::add(Index number, ConstView input, ConstView output,
                            const ConstView* reference) {
  if (!(shape_ == output.shape) || rows_.size() == kMostRows) return;
  const Tensor large =
      input.shape == shape_ ? copy_of(input) : resized(input, shape_[0], shape_[1], Filter::box);
  Row& row = rows_.emplace_back(Row{number, {}});
  for (const ConstView& image : {view(large), output, reference ? *reference : ConstView{}}) {
    if (image) row.columns.emplace_back(image.data, image.data + image.size());
  }
}

void ComparisonPicture::bring_together(Ranks& ranks) {
  Packer mine;
  for (const Row& row : rows_) {
    mine.add(row.number);
    mine.add(row.columns.size());
    for (const std::vector<Real>& column : row.columns) mine.add(std::span(column));
  }
  rows_.clear();
  for (const std::string& bytes : texts_at_first(ranks, mine.bytes())) {
    Unpacker theirs(bytes);
    while (!theirs.at_end()) {
      Row& row = rows_.emplace_back(Row{theirs.take<Index>(), {}});
      row.columns.resize(theirs.take<std::size_t>());
      for (std::vector<Real>& column : row.columns) column = theirs.take_all<Real>();
    }
  }
  std::ranges::sort(rows_, {}, &Row::number);
  if (rows_.size() > kMostRows) rows_.resize(kMostRows);
}

void ComparisonPicture::write(const std::filesystem::path& path) const {
  std::vector<std::vector<Real>> columns(rows_.empty() ? 0 : rows_[0].columns.size());
  for (const Row& row : rows_) {
    for (std::size_t c = 0; c < columns.size(); ++c)
      columns[c].insert(columns[c].end(), row.columns[c].begin(), row.columns[c].end());
  }
  std::vector<ConstView> views;
  for (const std::vector<Real>& column : columns)
    views.push_back({column.data(), shape_.batched(static_cast<Index>(rows_.size()))});
  const Tensor grid = data_grid(views);
  write_image(path, view(grid));
}

}  // namespace adjoint
