#include "inference/detection/finding_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/picture_text.hpp"
#include "inference/detection/overlay.hpp"

namespace adjoint {
namespace {

constexpr std::array<Real, 3> kOutline = {0, Real(0.75), 1};
constexpr Index kGoodSize = 96;     // pixels of an image that one can see
constexpr Index kWideColumn = 640;  // pixels of a column that text of one pixel is too small for
constexpr Index kMargin = 3;        // around text, in its pixels

/// In three channels, each pixel enlarged to zoom x zoom.
Tensor enlarged(ConstView image, Index zoom) {
  const Tensor colours = with_channels(image, 3);
  return zoom == 1
             ? colours
             : resized(view(colours), image.shape[0] * zoom, image.shape[1] * zoom, Filter::box);
}

/// Draws the border of the mask's defects, on the pixels around them, into a picture that is zoom
/// times as large.
void outline(ConstView mask, Index zoom, View picture) {
  const Index height = picture.shape[0], width = picture.shape[1];
  const auto defective = [&](Index y, Index x) {
    if (y < 0 || x < 0 || y >= height || x >= width) return false;
    return mask[(y / zoom) * mask.shape[1] + x / zoom] > Real(0.5);
  };
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) {
      if (defective(y, x)) continue;
      if (defective(y - 1, x) || defective(y + 1, x) || defective(y, x - 1) || defective(y, x + 1))
        std::ranges::copy(kOutline, picture.data + (y * width + x) * 3);
    }
  }
}

/// "score 0.183, threshold 0.15: flagged, a defect (crack)"
std::string verdict(const Finding& finding, const Calibration& calibration) {
  std::string text = finding.score ? fmt::format("score {:.4g}, threshold {:.4g}", *finding.score,
                                                 calibration.threshold)
                                   : "no finite score";
  text += finding.flagged ? ": flagged" : ": passed";
  if (!finding.defective) return text;
  if (!*finding.defective) return text + ", defect-free";
  return text + (finding.kind.empty() ? ", defective" : ", defective: " + finding.kind);
}

}  // namespace

Tensor finding_picture(const Finding& finding, const Calibration& calibration, ConstView image,
                       ConstView output, ConstView residual, ConstView mask) {
  const Index smaller = std::min(image.shape[0], image.shape[1]);
  const Index zoom = std::max<Index>(1, (kGoodSize + smaller / 2) / smaller);
  const Tensor heat = overlay(image, residual, calibration.colour_scale);
  std::array<Tensor, 3> columns = {enlarged(image, zoom), enlarged(output, zoom),
                                   enlarged(view(heat), zoom)};
  if (mask.data) {
    outline(mask, zoom, view(columns[0]));
    outline(mask, zoom, view(columns[2]));
  }
  const Shape row = shape_of(columns[0]).batched(1);
  std::vector<ConstView> views;
  for (const Tensor& column : columns) views.push_back(view(column).reshaped(row));
  const Tensor grid = image_grid(views, {.zoom = 1});

  const Index wide = row[2], width = shape_of(grid)[1];
  const Index letters = std::max<Index>(1, wide / kWideColumn);
  const Index line = picture_text::kLine * letters, margin = kMargin * letters;
  const Index head = 3 * line + 2 * margin;
  Tensor picture = make_tensor({shape_of(grid)[0] + head, width, 3}, Real{1});
  std::ranges::copy(view(grid).flat(), picture.data() + head * width * 3);
  const Index room = width - 2 * margin;
  draw_text(fitting_text(finding.name, room, letters, Keep::end), margin, margin, letters,
            view(picture));
  draw_text(fitting_text(verdict(finding, calibration), room, letters, Keep::beginning),
            margin + line, margin, letters, view(picture));
  constexpr const char* kTitles[] = {"image", "reconstruction", "residual"};
  for (Index i = 0; i < 3; ++i)
    draw_text(kTitles[i], margin + 2 * line, margin + i * (wide + GridOptions{}.separator), letters,
              view(picture));
  return picture;
}

double pixel_threshold(const Calibration& calibration) {
  return calibration.settings.score == ScoreKind::max ? calibration.threshold
                                                      : calibration.colour_scale;
}

Tensor defect_mask(ConstView residual, double threshold) {
  Tensor mask = make_tensor(residual.shape);
  for (Index i = 0; i < residual.size(); ++i)
    mask.data()[i] = std::isnan(residual[i]) || residual[i] > threshold ? Real{1} : Real{0};
  return mask;
}

}  // namespace adjoint
