#include "models/pytorch/torch_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "framework/tensor/error.hpp"
#include "models/pytorch/torch_writers.hpp"

namespace adjoint {
namespace torch_rows {

constexpr std::array kRows{
    TorchLayer{"Conv2D", "nn.Conv2d; F.pad before it where PyTorch cannot pad so", conv2d},
    TorchLayer{"Conv2DTranspose", "nn.ConvTranspose2d; what is too much is cut off",
               conv2d_transpose},
    TorchLayer{"DepthwiseConv2D", "nn.Conv2d with groups", depthwise_conv2d},
    TorchLayer{"SeparableConv2D", "two nn.Conv2d: depthwise, pointwise", separable_conv2d},
    TorchLayer{"Dense", "nn.Linear", dense},
    TorchLayer{"Flatten", "Tensor.flatten", reshape},
    TorchLayer{"Reshape", "Tensor.reshape", reshape},
    TorchLayer{"MaxPooling2D", "nn.MaxPool2d", max_pooling2d},
    TorchLayer{"AveragePooling2D", "nn.AvgPool2d, padding not counted", average_pooling2d},
    TorchLayer{"GlobalAveragePooling2D", "Tensor.mean", global_average_pooling2d},
    TorchLayer{"GlobalMaxPooling2D", "Tensor.max", global_max_pooling2d},
    TorchLayer{"UpSampling2D", "nn.Upsample; a function of its own for \"bicubic\"", up_sampling2d},
    TorchLayer{"DepthToSpace", "a function: nn.PixelShuffle takes channels in another order",
               depth_to_space},
    TorchLayer{"SpaceToDepth", "a function: nn.PixelUnshuffle gives channels in another order",
               space_to_depth},
    TorchLayer{"ZeroPadding2D",
               "nn.ZeroPad2d, nn.ReflectionPad2d, nn.ReplicationPad2d; a function for "
               "\"symmetric\"",
               zero_padding2d},
    TorchLayer{"Cropping2D", "a slice", cropping2d},
    TorchLayer{"BatchNormalization", "nn.BatchNorm2d; momentum is 1 - Adjoint's",
               batch_normalization},
    TorchLayer{"Rescaling", "a product and a sum", rescaling},
    TorchLayer{"Add", "+", add},
    TorchLayer{"Subtract", "-", subtract},
    TorchLayer{"Multiply", "*", multiply},
    TorchLayer{"Average", "+ and /", average},
    TorchLayer{"Maximum", "torch.where", maximum},
    TorchLayer{"Concatenate", "torch.cat", concatenate},
    TorchLayer{"Dropout", "nn.Dropout", dropout},
    TorchLayer{"SpatialDropout2D", "nn.Dropout2d", dropout},
    TorchLayer{"Activation", "torch.nn.functional", activation},
    TorchLayer{"PReLU", "nn.PReLU; a module of its own for slopes of each pixel", prelu},
    TorchLayer{"GroupNormalization", "nn.GroupNorm", group_normalization},
    TorchLayer{"LayerNormalization", "nn.LayerNorm", layer_normalization},
    TorchLayer{"GaussianNoise", "torch.randn_like", gaussian_noise},
    TorchLayer{"ActivityRegularization", "nothing: the penalty is part of the loss", identity},
    TorchLayer{"Sampling", "torch.randn_like; the penalty is part of the loss", sampling},
};

}  // namespace torch_rows

std::span<const TorchLayer> torch_layers() {
  return torch_rows::kRows;
}

TorchCode torch_code(const TorchUse& use) {
  const std::string_view type = use.node.layer->type();
  const auto found = std::ranges::find(torch_rows::kRows, type, &TorchLayer::type);
  if (found == torch_rows::kRows.end())
    throw InputError("layer \"{}\": PyTorch has nothing for a {}", use.node.name, type);
  return found->write(use);
}

std::string torch_activation(const Activation& activation, const std::string& of, int rank) {
  using enum Activation::Kind;
  const auto call = [&](std::string_view function, const std::string& options = "") {
    return fmt::format("{}({}{})", function, of, options);
  };
  switch (activation.kind) {
    case linear:
      return of;
    case relu:
      return call("F.relu");
    case leaky_relu:
      return call("F.leaky_relu", ", " + torch_rows::number(activation.negative_slope));
    case elu:
      return call("F.elu", ", " + torch_rows::number(activation.alpha));
    case sigmoid:
      return call("torch.sigmoid");
    case hard_sigmoid:
      return call("F.hardsigmoid");
    case tanh:
      return call("torch.tanh");
    case softplus:
      return call("F.softplus");
    case softmax:  // over the channels
      return call("F.softmax", rank == 3 ? ", dim=1" : ", dim=-1");
    case gelu:
      return call("F.gelu", activation.approximate ? ", approximate=\"tanh\"" : "");
    case silu:
      return call("F.silu");
  }
  return of;
}

}  // namespace adjoint
