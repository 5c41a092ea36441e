#include "inference/inspection/layers/receptive_field.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace adjoint {
namespace {

/// Input pixels first ... last along one axis; nothing where last < first.
struct Span {
  Index first = std::numeric_limits<Index>::max();
  Index last = std::numeric_limits<Index>::min();

  bool empty() const { return last < first; }
  void cover(const Span& other) {
    first = std::min(first, other.first);
    last = std::max(last, other.last);
  }
};

Index floor_div(Index a, Index b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

/// Input range that each position of a node sees along one axis. Positions repeat: the one
/// `period()` further sees the same, `shift` pixels further. Without upsampling the period is 1 and
/// the shift is what is often called the jump.
struct Sight {
  std::vector<Span> spans{{0, 0}};
  Index shift = 1;

  Index period() const { return static_cast<Index>(spans.size()); }
  Span at(Index position) const {
    const Index turns = floor_div(position, period());
    const Span span = spans[static_cast<std::size_t>(position - turns * period())];
    return span.empty() ? span : Span{span.first + turns * shift, span.last + turns * shift};
  }
  Index size() const {
    Index largest = 0;
    for (const Span& span : spans) {
      if (!span.empty()) largest = std::max(largest, span.last - span.first + 1);
    }
    return largest;
  }
};

Sight downward(const Sight& input, const WindowAxis& axis) {
  const Index common = std::gcd(input.period(), axis.stride);
  Sight output{.spans = std::vector<Span>(static_cast<std::size_t>(input.period() / common)),
               .shift = input.shift * (axis.stride / common)};
  for (Index o = 0; o < output.period(); ++o) {
    for (Index tap = 0; tap < axis.kernel; ++tap) {
      output.spans[static_cast<std::size_t>(o)].cover(
          input.at(o * axis.stride - axis.pad_before + tap * axis.dilation));
    }
  }
  return output;
}

/// Output o takes input i where o + pad = i * stride + tap * dilation.
Sight upward(const Sight& input, const WindowAxis& axis) {
  Sight output{.spans = std::vector<Span>(static_cast<std::size_t>(input.period() * axis.stride)),
               .shift = input.shift};
  for (Index o = 0; o < output.period(); ++o) {
    for (Index tap = 0; tap < axis.kernel; ++tap) {
      const Index at = o + axis.pad_before - tap * axis.dilation;
      const Index i = floor_div(at, axis.stride);
      if (i * axis.stride == at) output.spans[static_cast<std::size_t>(o)].cover(input.at(i));
    }
  }
  return output;
}

Sight both(const Sight& a, const Sight& b) {
  const Index period = std::lcm(a.period(), b.period());
  Sight result{.spans = std::vector<Span>(static_cast<std::size_t>(period)),
               .shift = a.shift * (period / a.period())};
  for (Index o = 0; o < period; ++o) {
    result.spans[static_cast<std::size_t>(o)].cover(a.at(o));
    result.spans[static_cast<std::size_t>(o)].cover(b.at(o));
  }
  return result;
}

struct NodeSight {
  Sight vertical, horizontal;
  bool all = false;
};

Sight through(const Sight& input, const WindowAxis& axis) {
  return axis.up ? upward(input, axis) : downward(input, axis);
}

std::vector<NodeSight> node_sights(const Model& model, const std::vector<Shape>& shapes) {
  std::vector<NodeSight> sights(model.nodes().size());
  sights[0].all = shapes[0].rank() != 3;
  for (std::size_t n = 1; n < sights.size(); ++n) {
    const Node& node = model.nodes()[n];
    NodeSight& sight = sights[n];
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto from = static_cast<std::size_t>(node.inputs[i]);
      const LayerWindow window =
          node.layer->window(model.layer_shapes(static_cast<Index>(n), shapes));
      // A layer that mixes positions sees everything, and so do those behind it.
      if (sights[from].all || window.all || shapes[n].rank() != 3) {
        sight.all = true;
        break;
      }
      const NodeSight seen{through(sights[from].vertical, window.vertical),
                           through(sights[from].horizontal, window.horizontal)};
      sight = i == 0 ? seen
                     : NodeSight{both(sight.vertical, seen.vertical),
                                 both(sight.horizontal, seen.horizontal)};
    }
  }
  return sights;
}

/// The positions of an axis that see nothing beyond the input's pixels 0 ... extent - 1.
Interior interior_of(const Sight& sight, Index extent, Index positions) {
  Interior interior{.period = sight.period(), .first = positions};
  for (Index position = 0; position < positions; ++position) {
    const Span span = sight.at(position);
    const bool inside = span.empty() || (span.first >= 0 && span.last < extent);
    if (!inside && interior.count > 0) break;
    if (!inside) continue;
    interior.first = std::min(interior.first, position);
    ++interior.count;
  }
  return interior;
}

}  // namespace

std::vector<ReceptiveField> receptive_fields(const Model& model, const std::vector<Shape>& shapes) {
  std::vector<ReceptiveField> fields;
  for (const NodeSight& sight : node_sights(model, shapes)) {
    if (sight.all) {
      fields.push_back({.height = 0, .width = 0, .all = true});
    } else {
      fields.push_back({.height = sight.vertical.size(), .width = sight.horizontal.size()});
    }
  }
  return fields;
}

std::optional<OutputInterior> output_interior(const Model& model,
                                              const std::vector<Shape>& shapes) {
  const NodeSight sight = node_sights(model, shapes).back();
  const Shape& input = shapes.front();
  const Shape& output = shapes.back();
  if (sight.all || output.rank() != 3) return std::nullopt;
  return OutputInterior{interior_of(sight.vertical, input[0], output[0]),
                        interior_of(sight.horizontal, input[1], output[1])};
}

}  // namespace adjoint
