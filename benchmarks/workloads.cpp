#include "benchmarks/workloads.hpp"

#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using Kind = Activation::Kind;

/// Appends layers of 3x3 kernels and "same" padding.
class Network {
 public:
  explicit Network(const Shape& input) : model_(input) {}
  Network& conv(Index filters, Index stride, Kind activation = Kind::relu) {
    return add(std::make_shared<Conv2D>(settings(filters, stride)), activation);
  }
  Network& transpose(Index filters, Index stride, Kind activation = Kind::relu) {
    return add(std::make_shared<Conv2DTranspose>(settings(filters, stride)), activation);
  }
  Network& pool() {
    return add(std::make_shared<MaxPooling2D>(MaxPooling2D::Settings{}), Kind::linear);
  }
  Model done() {
    model_.initialize(1);
    return std::move(model_);
  }

 private:
  static ConvolutionLayer::Settings settings(Index filters, Index stride) {
    return {.filters = filters,
            .kernel_size = {3, 3},
            .strides = {stride, stride},
            .padding = {.kind = PaddingRule::Kind::same}};
  }
  Network& add(std::shared_ptr<const Layer> layer, Kind activation) {
    model_.add({.name = "layer" + std::to_string(model_.nodes().size()),
                .layer = std::move(layer),
                .activation = {activation}});
    return *this;
  }
  Model model_;
};

Model deep64() {
  Network net({50, 50, 1});
  for (int i = 0; i < 5; ++i) net.conv(64, 1);
  for (int i = 0; i < 4; ++i) net.transpose(64, 1);
  return net.transpose(1, 1).done();
}

}  // namespace

Model denoise_network(const Shape& input) {
  return Network(input)
      .conv(32, 2)
      .conv(64, 2)
      .transpose(32, 2)
      .transpose(1, 2, Kind::sigmoid)
      .done();
}

std::vector<Workload> workloads() {
  return {
      {"denoise28", denoise_network({28, 28, 1}), 128},
      {"colour32",
       Network({32, 32, 3})
           .conv(32, 2)
           .conv(64, 2)
           .conv(128, 2)
           .transpose(64, 2)
           .transpose(32, 2)
           .transpose(3, 2, Kind::sigmoid)
           .done(),
       64},
      {"deep64", deep64(), 16},
      {"keras28",
       Network({28, 28, 1})
           .conv(32, 1)
           .pool()
           .conv(32, 1)
           .pool()
           .transpose(32, 2)
           .transpose(32, 2)
           .conv(1, 1, Kind::sigmoid)
           .done(),
       128},
  };
}

Workload workload(const std::string& name) {
  std::string names;
  for (Workload& candidate : workloads()) {
    if (candidate.name == name) return candidate;
    names += (names.empty() ? "" : ", ") + candidate.name;
  }
  throw InputError("no workload is called \"{}\"; expected one of {}", name, names);
}

}  // namespace adjoint
