#pragma once

#include "framework/tensor/tensor.hpp"
#include "inference/report/page.hpp"

namespace adjoint {

/// A picture as it stands in a page.
struct PagePicture {
  std::string uri;  // data:image/...
  Index width = 0, height = 0;
};

/// (height, width, 1 or 3) in [0, 1], made smaller where it has more than `most` pixels; as PNG, or
/// as JPEG where that takes less than half.
PagePicture page_picture(ConstView pixels, Index most = Index{1} << 20);

namespace blocks {

struct Figure {
  PagePicture picture;
  std::string alt;
  std::string caption;
};
/// Pictures beside each other, or below where there is no room.
Page::Json pictures(const std::vector<Figure>& figures);

}  // namespace blocks

}  // namespace adjoint
