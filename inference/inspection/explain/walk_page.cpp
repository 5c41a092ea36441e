#include "inference/inspection/explain/walk_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "datasets/image_ops.hpp"
#include "framework/tensor/error.hpp"
#include "inference/inspection/base64.hpp"
#include "inference/inspection/explain/embedded.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr Index kMostPixels = 192;  // of a picture's longer side: the page computes while one waits

Json padding_json(const PaddingRule& rule) {
  if (rule.kind == PaddingRule::Kind::same) return "same";
  if (rule.kind == PaddingRule::Kind::valid) return "valid";
  return rule.zeros.top;  // as parse_padding() gives them, the same on every side
}

Json settings_json(const ExplainRequest& request) {
  const auto pair = [](const Extent2& extent) { return Json::array({extent.h, extent.w}); };
  return {{"direction", request.direction == Direction::conv ? "conv" : "transpose"},
          {"input", pair(request.input)},
          {"kernel", pair(request.kernel)},
          {"stride", pair(request.stride)},
          {"dilation", pair(request.dilation)},
          {"padding", padding_json(request.padding)},
          {"outputPadding", request.output_padding ? pair(*request.output_padding) : Json()}};
}

/// In gray, of 8 bits.
Json picture_json(ConstView picture) {
  Tensor gray = with_channels(picture, 1);
  const Index height = picture.shape[0], width = picture.shape[1];
  const Index longer = std::max(height, width);
  if (longer > kMostPixels) {
    const auto shrunk = [&](Index side) { return std::max<Index>(1, side * kMostPixels / longer); };
    gray = resized(view(gray), shrunk(height), shrunk(width));
  }
  std::vector<std::uint8_t> bytes;
  for (const Real x : view(std::as_const(gray)).flat())
    bytes.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(x, Real{0}, Real{1}))));
  return {{"width", shape_of(gray)[1]}, {"height", shape_of(gray)[0]}, {"base64", base64(bytes)}};
}

}  // namespace

std::string walk_page(const ExplainRequest& request, ConstView picture) {
  static_cast<void>(explain(request));  // throws for a convolution that cannot be
  Json data{{"settings", settings_json(request)}};
  if (picture.data) data["picture"] = picture_json(picture);
  const std::string text = data.dump();  // numbers, fixed words and base64: no markup
  const std::string script = fmt::format("{}\n{}\n{}\n{}", walk_geometry_js(), walk_controls_js(),
                                         walk_pictures_js(), walk_page_js());
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"{{style}}", walk_page_css()}, {"{{data}}", text}, {"{{script}}", script}};
  std::string html;
  std::string_view rest = walk_page_html();
  for (const auto& [mark, content] : parts) {  // in the order of the page
    const std::size_t at = rest.find(mark);
    html.append(rest.substr(0, at)).append(content);
    rest.remove_prefix(at + mark.size());
  }
  return html.append(rest);
}

}  // namespace adjoint
