#include "inference/report/page_picture.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/formats/jpeg_format.hpp"
#include "datasets/formats/png_format.hpp"
#include "datasets/image_ops.hpp"
#include "inference/inspection/base64.hpp"

namespace adjoint {
namespace {

// Below so many bytes a PNG is kept: its pixels are exact.
constexpr std::size_t kSmall = 40'000;
constexpr int kQuality = 88;

}  // namespace

PagePicture page_picture(ConstView pixels, Index most) {
  const Index height = pixels.shape[0], width = pixels.shape[1];
  Tensor smaller;
  if (height * width > most) {
    const double factor =
        std::sqrt(static_cast<double>(most) / static_cast<double>(height * width));
    const auto scaled = [&](Index extent) {
      return std::max<Index>(1, static_cast<Index>(static_cast<double>(extent) * factor));
    };
    smaller = resized(pixels, scaled(height), scaled(width));
    pixels = view(std::as_const(smaller));
  }
  PagePicture picture{.width = pixels.shape[1], .height = pixels.shape[0]};
  const Bytes png = png::encode(pixels, {});
  if (png.size() > kSmall) {
    const Bytes jpeg = jpeg::encode(pixels, jpeg::EncodeOptions{.quality = kQuality});
    if (2 * jpeg.size() < png.size()) {
      picture.uri = "data:image/jpeg;base64," + base64(jpeg);
      return picture;
    }
  }
  picture.uri = "data:image/png;base64," + base64(png);
  return picture;
}

Page::Json blocks::pictures(const std::vector<Figure>& figures) {
  Page::Json list = Page::Json::array();
  for (const Figure& figure : figures) {
    list.push_back({{"uri", figure.picture.uri},
                    {"width", figure.picture.width},
                    {"height", figure.picture.height},
                    {"alt", figure.alt},
                    {"caption", figure.caption}});
  }
  return {{"kind", "pictures"}, {"pictures", list}};
}

}  // namespace adjoint
