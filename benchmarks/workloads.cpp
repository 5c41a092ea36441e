#include "benchmarks/workloads.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/merge.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using Kind = Activation::Kind;

/// Appends layers, with "same" padding and kernels of 3x3 where nothing else is said.
class Network {
 public:
  explicit Network(const Shape& input) : model_(input) {}
  Network& conv(Index filters, Index stride = 1, Kind activation = Kind::relu, Index kernel = 3,
                Index groups = 1) {
    ConvolutionLayer::Settings settings = convolution(filters, stride, kernel);
    settings.groups = groups;
    return add(std::make_shared<Conv2D>(settings), activation);
  }
  Network& transpose(Index filters, Index stride = 1, Kind activation = Kind::relu,
                     Index kernel = 3) {
    return add(std::make_shared<Conv2DTranspose>(convolution(filters, stride, kernel)), activation);
  }
  Network& pointwise(Index filters, Kind activation = Kind::relu) {
    return conv(filters, 1, activation, 1);
  }
  Network& depthwise() {
    return layer<DepthwiseConv2D>(
        {.kernel_size = {3, 3}, .padding = {.kind = PaddingRule::Kind::same}});
  }
  Network& dense(Index units, Kind activation) {
    return layer<Dense>({.units = units}, activation);
  }
  Network& reshape(const Shape& shape) { return layer<Reshape>({.target_shape = shape}); }
  Network& pool() { return layer<MaxPooling2D>({}); }
  Network& up() { return layer<UpSampling2D>({}); }
  Network& batch_norm(Kind activation) { return layer<BatchNormalization>({}, activation); }
  Network& group_norm(Kind activation) {
    return layer<GroupNormalization>({.groups = 8}, activation);
  }
  Network& space_to_depth() { return layer<SpaceToDepth>({}); }
  Network& depth_to_space() { return layer<DepthToSpace>({}); }

  /// What was added last, for join() and sum().
  std::string here() const { return model_.nodes().back().name; }
  Network& join(const std::string& other) {
    return add(std::make_shared<Concatenate>(Concatenate::Settings{}), Kind::linear,
               {here(), other});
  }
  Network& sum(const std::string& other) {
    return add(std::make_shared<Add>(), Kind::linear, {here(), other});
  }
  Model done() {
    model_.initialize(1);
    return std::move(model_);
  }

 private:
  static ConvolutionLayer::Settings convolution(Index filters, Index stride, Index kernel) {
    return {.filters = filters,
            .kernel_size = {kernel, kernel},
            .strides = {stride, stride},
            .padding = {.kind = PaddingRule::Kind::same}};
  }
  template <class Type>
  Network& layer(const typename Type::Settings& settings, Kind activation = Kind::linear) {
    return add(std::make_shared<Type>(settings), activation);
  }
  Network& add(std::shared_ptr<const Layer> layer, Kind activation,
               std::vector<std::string> inputs = {}) {
    model_.add({.name = "layer" + std::to_string(model_.nodes().size()),
                .layer = std::move(layer),
                .activation = {activation},
                .inputs = std::move(inputs)});
    return *this;
  }
  Model model_;
};

Model colour32() {
  return Network({32, 32, 3})
      .conv(32, 2)
      .conv(64, 2)
      .conv(128, 2)
      .transpose(64, 2)
      .transpose(32, 2)
      .transpose(3, 2, Kind::sigmoid)
      .done();
}

Model deep64() {
  Network net({50, 50, 1});
  for (int i = 0; i < 5; ++i) net.conv(64);
  for (int i = 0; i < 4; ++i) net.transpose(64);
  return net.transpose(1).done();
}

Model keras28() {
  return Network({28, 28, 1})
      .conv(32)
      .pool()
      .conv(32)
      .pool()
      .transpose(32, 2)
      .transpose(32, 2)
      .conv(1, 1, Kind::sigmoid)
      .done();
}

Model unet64() {
  Network net({64, 64, 3});
  const std::string fine = net.conv(32, 1, Kind::relu, 5).here();
  const std::string middle = net.conv(64, 2, Kind::relu, 5).here();
  net.conv(96, 2, Kind::relu, 5);
  net.transpose(64, 2, Kind::relu, 5).join(middle).conv(64, 1, Kind::relu, 5);
  net.transpose(32, 2, Kind::relu, 5).join(fine).conv(32, 1, Kind::relu, 5);
  return net.conv(3, 1, Kind::sigmoid, 5).done();
}

Model norm96() {
  Network net({96, 96, 3});
  for (const Index filters : {24, 48, 96})
    net.conv(filters, 2, Kind::linear).batch_norm(Kind::leaky_relu);
  for (const Index filters : {48, 24})
    net.transpose(filters, 2, Kind::linear).batch_norm(Kind::leaky_relu);
  return net.transpose(3, 2, Kind::sigmoid).done();
}

Model dense28() {
  return Network({28, 28, 1})
      .conv(16, 2)
      .conv(32, 2)
      .reshape({-1})
      .dense(64, Kind::linear)
      .dense(1568, Kind::relu)
      .reshape({7, 7, 32})
      .transpose(16, 2)
      .transpose(1, 2, Kind::sigmoid)
      .done();
}

Model residual41() {
  Network net({41, 41, 1});
  net.conv(128);
  for (int block = 0; block < 2; ++block) {
    const std::string before = net.here();
    net.conv(128).conv(128, 1, Kind::linear).sum(before);
  }
  return net.conv(1, 1, Kind::linear).done();
}

Model depthwise32() {
  Network net({32, 32, 3});
  for (int i = 0; i < 4; ++i) net.depthwise().pointwise(64);
  return net.conv(3, 1, Kind::sigmoid).done();
}

Model pooling28() {
  return Network({28, 28, 1})
      .conv(16)
      .pool()
      .conv(8)
      .pool()
      .conv(8)
      .conv(8)
      .up()
      .conv(16)
      .up()
      .conv(1, 1, Kind::sigmoid)
      .done();
}

Model grouped48() {
  Network net({48, 48, 3});
  net.conv(64);
  for (int i = 0; i < 3; ++i) net.conv(64, 1, Kind::relu, 3, 8).pointwise(64);
  return net.conv(3, 1, Kind::sigmoid).done();
}

Model bottleneck32() {
  Network net({32, 32, 3});
  net.conv(64);
  for (int block = 0; block < 3; ++block) {
    const std::string before = net.here();
    net.pointwise(16).conv(16).pointwise(64, Kind::linear).sum(before);
  }
  return net.conv(3, 1, Kind::sigmoid).done();
}

Model groupnorm64() {
  return Network({64, 64, 1})
      .conv(32, 1, Kind::linear)
      .group_norm(Kind::silu)
      .conv(64, 2, Kind::linear)
      .group_norm(Kind::silu)
      .conv(64, 1, Kind::linear)
      .group_norm(Kind::silu)
      .up()
      .conv(32, 1, Kind::linear)
      .group_norm(Kind::silu)
      .conv(1, 1, Kind::sigmoid)
      .done();
}

Model subpixel64() {
  Network net({64, 64, 1});
  net.space_to_depth();
  for (int i = 0; i < 4; ++i) net.conv(48);
  return net.conv(4, 1, Kind::linear).depth_to_space().done();
}

struct Entry {
  std::string_view name;
  Model (*model)();
  Index batch;
};

constexpr Entry kWorkloads[] = {
    {"denoise28",
     [] {
       return denoise_network({28, 28, 1});
     },
     128},
    {"colour32", colour32, 64},
    {"deep64", deep64, 16},
    {"keras28", keras28, 128},
    {"unet64", unet64, 16},
    {"norm96", norm96, 32},
    {"dense28", dense28, 128},
    {"residual41", residual41, 8},
    {"depthwise32", depthwise32, 32},
    {"pooling28", pooling28, 128},
    {"grouped48", grouped48, 16},
    {"bottleneck32", bottleneck32, 32},
    {"groupnorm64", groupnorm64, 8},
    {"subpixel64", subpixel64, 16},
};

}  // namespace

Model denoise_network(const Shape& input) {
  return Network(input)
      .conv(32, 2)
      .conv(64, 2)
      .transpose(32, 2)
      .transpose(1, 2, Kind::sigmoid)
      .done();
}

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kWorkloads) names.emplace_back(entry.name);
  return names;
}

Workload workload(std::string_view name) {
  const auto* const found = std::ranges::find(kWorkloads, name, &Entry::name);
  if (found != std::end(kWorkloads)) return {std::string(name), found->model(), found->batch};
  throw InputError("no workload is called \"{}\"; expected one of {}", name,
                   fmt::join(workload_names(), ", "));
}

}  // namespace adjoint
