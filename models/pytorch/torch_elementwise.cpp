#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "framework/layers/activation.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/dropout.hpp"
#include "framework/layers/gaussian_noise.hpp"
#include "framework/layers/prelu.hpp"
#include "framework/layers/rescaling.hpp"
#include "models/pytorch/torch_writers.hpp"

namespace adjoint::torch_rows {

TorchCode prelu(const TorchUse& use) {
  const auto& s = settings_of<PReLU>(use);
  const Shape& sample = use.shapes.inputs[0];
  Shape alpha = sample;
  for (Index axis : s.shared_axes) alpha[static_cast<int>(axis) - 1] = 1;
  TorchCode code;
  TensorLayout layout = same_layout(alpha);
  // torch has one slope for all, or one for each index of the second axis.
  const bool of_channels =
      alpha.size() == alpha.back() && (sample.rank() == 1 || sample.rank() == 3);
  if (alpha.size() == 1 || of_channels) {
    layout = alpha.size() == 1 ? same_layout({1}) : vector_layout(alpha.back(), use.output_order);
    if (alpha.rank() != 1) layout = same_layout({alpha.back()});
    code.module = fmt::format("nn.PReLU({})", alpha.back());
  } else {
    if (sample.rank() == 3)
      layout = {.split = {alpha.begin(), alpha.end()},
                .axes = {2, 0, 1},
                .shape = {alpha[2], alpha[0], alpha[1]}};
    code.helpers.insert("SlopesBelowZero");
    code.module = fmt::format("SlopesBelowZero({})", fmt::join(layout.shape, ", "));
  }
  code.call = fmt::format("{}({})", use.module, use.inputs[0]);
  code.parameters.push_back(
      {.attribute = "weight", .parameter = position(use, 0), .layout = layout});
  return code;
}

TorchCode rescaling(const TorchUse& use) {
  const auto& s = settings_of<Rescaling>(use);
  std::string call = use.inputs[0];
  if (s.scale != 1) call += " * " + number(s.scale);
  if (s.offset != 0) call += (s.offset < 0 ? " - " : " + ") + number(std::abs(s.offset));
  return {.module = "", .call = call, .helpers = {}, .parameters = {}};
}

namespace {

TorchCode joined_by(const TorchUse& use, std::string_view sign) {
  return {.module = "",
          .call = fmt::format("{}", fmt::join(use.inputs, sign)),
          .helpers = {},
          .parameters = {}};
}

}  // namespace

TorchCode add(const TorchUse& use) {
  return joined_by(use, " + ");
}
TorchCode subtract(const TorchUse& use) {
  return joined_by(use, " - ");
}
TorchCode multiply(const TorchUse& use) {
  return joined_by(use, " * ");
}
TorchCode average(const TorchUse& use) {
  TorchCode code = joined_by(use, " + ");
  code.call = fmt::format("({}) / {}", code.call, use.inputs.size());
  return code;
}
TorchCode maximum(const TorchUse& use) {
  TorchCode code;
  code.helpers.insert("first_maximum");
  code.call = fmt::format("first_maximum({})", fmt::join(use.inputs, ", "));
  return code;
}

TorchCode concatenate(const TorchUse& use) {
  const int rank = use.output.rank() + 1;
  const Index axis = settings_of<Concatenate>(use).axis;
  Index theirs = axis < 0 ? axis + rank : axis;
  if (rank == 4) theirs = theirs == 3 ? 1 : theirs + 1;
  return {.module = "",
          .call = fmt::format("torch.cat([{}], dim={})", fmt::join(use.inputs, ", "), theirs),
          .helpers = {},
          .parameters = {}};
}

TorchCode dropout(const TorchUse& use) {
  const bool spatial = use.node.layer->type() == "SpatialDropout2D";
  return {.module = fmt::format("nn.Dropout{}({})", spatial ? "2d" : "",
                                number(settings_of<Dropout>(use).rate)),
          .call = fmt::format("{}({})", use.module, use.inputs[0]),
          .helpers = {},
          .parameters = {}};
}

TorchCode gaussian_noise(const TorchUse& use) {
  return {.module = "",
          .call = fmt::format("noisy({}, {}, self.training)", use.inputs[0],
                              number(settings_of<GaussianNoiseLayer>(use).stddev)),
          .helpers = {"noisy"},
          .parameters = {}};
}

TorchCode sampling(const TorchUse& use) {
  return {.module = "",
          .call = fmt::format("sample({}, {}, self.training)", use.inputs[0], use.inputs[1]),
          .helpers = {"sample"},
          .parameters = {}};
}

TorchCode activation(const TorchUse& use) {
  const auto& layer = dynamic_cast<const ActivationLayer&>(*use.node.layer);
  return {.module = "",
          .call = torch_activation(layer.activation(), use.inputs[0], use.output.rank()),
          .helpers = {},
          .parameters = {}};
}

TorchCode identity(const TorchUse& use) {
  return {.module = "", .call = use.inputs[0], .helpers = {}, .parameters = {}};
}

}  // namespace adjoint::torch_rows
