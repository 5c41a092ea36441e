#include "inference/report/latent_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/label_list.hpp"
#include "inference/report/blocks.hpp"
#include "inference/report/page_picture.hpp"

namespace adjoint {
namespace {

using Json = Page::Json;

constexpr Index kColumns = 20;      // thumbnails in a row of the sprite
constexpr Index kThumbnail = 40;    // pixels, of the longer side
constexpr std::size_t kShown = 10;  // principal components

/// One image on a square of kThumbnail pixels, in the middle; signals as curves.
void paste(ConstView image, View square) {
  Tensor curve;
  if (image.shape[0] == 1) {
    curve = data_grid({image.reshaped(image.shape.batched(1))});
    image = view(std::as_const(curve));
  }
  const Index longer = std::max(image.shape[0], image.shape[1]);
  const bool curves = image.data == curve.data();
  const auto scaled = [&](Index extent) {
    return curves ? kThumbnail : std::max<Index>(1, extent * kThumbnail / longer);
  };
  const Index height = scaled(image.shape[0]), width = scaled(image.shape[1]);
  const Tensor small =
      resized(image, height, width, longer < kThumbnail ? Filter::box : Filter::triangle);
  const Index top = (kThumbnail - height) / 2, left = (kThumbnail - width) / 2;
  const Index channels = image.shape[2];
  for (Index y = 0; y < height; ++y)
    std::copy_n(small.data() + y * width * channels, width * channels,
                square.data + ((top + y) * square.shape[1] + left) * channels);
}

/// All images as one picture, kColumns in a row.
PagePicture sprite_of(ConstView images) {
  const Index count = images.shape[0], channels = images.shape[3];
  const Index rows = (count + kColumns - 1) / kColumns;
  Tensor sprite = make_tensor({rows * kThumbnail, kColumns * kThumbnail, channels}, Real{1});
  const View all = view(sprite);
  for (Index i = 0; i < count; ++i) {
    View square = all;
    square.data +=
        (i / kColumns * kThumbnail * all.shape[1] + i % kColumns * kThumbnail) * channels;
    paste(images.slice(i, 1).reshaped(images.shape.sample()), square);
  }
  return page_picture(view(std::as_const(sprite)), Index{1} << 30);
}

std::string axis_name(const LatentReport& report, std::size_t k) {
  const std::vector<double>& explained = report.components.explained;
  return fmt::format("direction {} ({:.1f} % of the variance)", k + 1,
                     k < explained.size() ? 100 * explained[k] : 0);
}

Json scatter(const LatentReport& report, const LatentImages& images) {
  std::map<Index, std::size_t> groups;  // labels that occur -> their place
  for (const Index label : images.labels) groups[label];
  Json names = Json::array();
  for (auto& [label, place] : groups) {
    place = names.size();
    names.push_back(label_text(label, images.label_names));
  }
  const PrincipalComponents& found = report.components;
  Json points = Json::array();
  for (Index i = 0; i < report.images; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto coordinate = [&](std::size_t k) {
      return k < found.count ? found.coordinates[at * found.count + k] : 0.0;
    };
    points.push_back({{"x", coordinate(0)},
                      {"y", coordinate(1)},
                      {"name", images.names[at]},
                      {"group", images.labels.empty() ? 0 : groups.at(images.labels[at])}});
  }
  const ConstView all = view(images.images);
  Json block{{"kind", "scatter"},           {"columns", kColumns},
             {"x", axis_name(report, 0)},   {"y", axis_name(report, 1)},
             {"points", std::move(points)}, {"groups", std::move(names)}};
  const bool shown = all.shape.rank() == 4 && (all.shape[3] == 1 || all.shape[3] == 3);
  block["sprite"] = shown ? sprite_of(all).uri : "";
  return block;
}

}  // namespace

void add_latent(Page& page, const std::string& layer, const LatentReport& report,
                const LatentImages& images) {
  const PrincipalComponents& found = report.components;
  LineChart variance{.title = "share of the variance", .x = "direction", .whole = true};
  LineChart::Line each{"share", {}}, sum{"sum", {}};
  double total = 0;
  for (std::size_t k = 0; k < std::min(kShown, found.explained.size()); ++k) {
    variance.at.push_back(static_cast<double>(k + 1));
    each.values.push_back(found.explained[k]);
    sum.values.push_back(total += found.explained[k]);
  }
  variance.lines = {each, sum};
  page.add_section(
      "Latent space",
      {blocks::text(fmt::format("Codes of {} validation images as the layer {} makes them, along "
                                "the two directions in which they "
                                "vary most (principal components). Dots that are close together "
                                "stand for codes that differ little in "
                                "these directions.",
                                report.images, layer)),
       scatter(report, images),
       blocks::text(fmt::format(
           "{} of {} directions hold 95 % of the variance; {} of {} channels of the code never "
           "vary.",
           found.directions_for(0.95), found.explained.size(), report.dead.size(), report.units)),
       blocks::charts({variance})});
}

}  // namespace adjoint
