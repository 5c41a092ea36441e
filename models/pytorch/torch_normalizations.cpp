#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "models/pytorch/torch_writers.hpp"

namespace adjoint::torch_rows {

namespace {

/// A module whose channels are the second axis, over samples whose channels are the last.
std::string over_second_axis(const TorchUse& use) {
  const int rank = use.shapes.inputs[0].rank();
  if (rank == 1 || rank == 3) return fmt::format("{}({})", use.module, use.inputs[0]);
  return fmt::format("{}({}.movedim(-1, 1)).movedim(1, -1)", use.module, use.inputs[0]);
}

}  // namespace

TorchCode batch_normalization(const TorchUse& use) {
  const auto& s = settings_of<BatchNormalization>(use);
  const Shape& sample = use.shapes.inputs[0];
  const Index channels = sample.back();
  constexpr std::array<int, 4> kDimensions{1, 1, 2, 3};
  TorchCode code;
  const int dimensions = kDimensions.at(static_cast<std::size_t>(sample.rank() - 1));
  const std::string affine = s.scale || s.center ? "" : ", affine=False";
  if (use.node.trainable) {
    code.module = fmt::format("nn.BatchNorm{}d({}, eps={}, momentum={:.12g}{})", dimensions,
                              channels, number(s.epsilon), 1 - s.momentum, affine);
  } else {
    code.helpers.insert("FrozenBatchNorm");
    code.module = fmt::format("FrozenBatchNorm({}, eps={}{})", channels, number(s.epsilon), affine);
  }
  code.call = over_second_axis(use);
  const TensorLayout layout = vector_layout(channels, use.output_order);
  add_scale_and_shift(code, use, s.scale, s.center, layout);
  const std::size_t mean = (s.scale ? 1U : 0U) + (s.center ? 1U : 0U);
  code.parameters.push_back(
      {.attribute = "running_mean", .parameter = position(use, mean), .layout = layout});
  code.parameters.push_back(
      {.attribute = "running_var", .parameter = position(use, mean + 1), .layout = layout});
  return code;
}

TorchCode group_normalization(const TorchUse& use) {
  const auto& s = settings_of<GroupNormalization>(use);
  const Index channels = use.shapes.inputs[0].back();
  TorchCode code{.module = fmt::format(
                     "nn.GroupNorm({}, {}, eps={}{})", s.groups < 0 ? channels : s.groups, channels,
                     number(s.epsilon), s.scale || s.center ? "" : ", affine=False"),
                 .call = over_second_axis(use),
                 .helpers = {},
                 .parameters = {}};
  add_scale_and_shift(code, use, s.scale, s.center, same_layout({channels}));
  return code;
}

TorchCode layer_normalization(const TorchUse& use) {
  const auto& s = settings_of<LayerNormalization>(use);
  const Shape& sample = use.shapes.inputs[0];
  Shape normalized;
  for (int axis = sample.rank() - s.axis.list.rank(); axis < sample.rank(); ++axis)
    normalized.push_back(sample[axis]);
  TorchCode code{.module = fmt::format("nn.LayerNorm([{}], eps={}{})", fmt::join(normalized, ", "),
                                       number(s.epsilon),
                                       s.scale || s.center ? "" : ", elementwise_affine=False"),
                 .call = along_channels(use),
                 .helpers = {},
                 .parameters = {}};
  const TensorLayout layout =
      sample.rank() == 1 ? vector_layout(sample[0], use.output_order) : same_layout(normalized);
  add_scale_and_shift(code, use, s.scale, s.center, layout);
  return code;
}

}  // namespace adjoint::torch_rows
