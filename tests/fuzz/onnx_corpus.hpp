#pragma once

// Small ONNX models for the corpus: the operators, and the ways that exporters use them.

#include <map>
#include <string>

#include "models/onnx/graph_builder.hpp"

namespace adjoint {

/// Numbers of a shape.
inline OnnxTensor onnx_weights(const OnnxInts& dims) {
  std::size_t size = 1;
  for (const std::int64_t extent : dims) size *= static_cast<std::size_t>(extent);
  std::vector<float> numbers;
  for (std::size_t i = 0; i < size; ++i) numbers.push_back(static_cast<float>(i % 7) / 8 - 0.25F);
  return {dims, std::move(numbers)};
}

/// Strings nodes together, each taking the one before.
class OnnxChain {
 public:
  OnnxChain(const std::vector<std::int64_t>& input, std::int64_t opset = 13) {
    OnnxValue value{"x", {}};
    for (const std::int64_t extent : input) value.extents.push_back({extent, ""});
    builder_.reserve("y");
    builder_.add_input(value);
    builder_.graph().name = "g";
    builder_.graph().opset = opset;
  }
  OnnxChain& then(const std::string& op, const std::vector<std::string>& more = {},
                  const OnnxGraphBuilder::Attributes& attributes = {}) {
    std::vector<std::string> inputs{last_};
    inputs.insert(inputs.end(), more.begin(), more.end());
    last_ = builder_.add(op, op, inputs, attributes);
    return *this;
  }
  std::string weights(const OnnxInts& dims) { return builder_.constant("w", onnx_weights(dims)); }
  std::string integers(const OnnxInts& values) { return builder_.integers("i", values); }
  std::string numbers(const std::vector<float>& values) { return builder_.numbers("n", values); }
  const std::string& last() const { return last_; }
  OnnxGraphBuilder& builder() { return builder_; }
  static OnnxValue any_images() { return {"y", {{0, "n"}, {0, "c"}, {0, "h"}, {0, "w"}}}; }
  OnnxGraph graph() {
    builder_.add_output(last_, any_images());
    return builder_.graph();
  }

 private:
  OnnxGraphBuilder builder_;
  std::string last_ = "x";
};

inline std::map<std::string, OnnxGraph> onnx_corpus() {
  using namespace std::string_literals;
  const auto one = std::int64_t{1}, two = std::int64_t{2};
  std::map<std::string, OnnxGraph> graphs;
  {
    OnnxChain chain({0, 2, 0, 0});
    chain.then("Conv", {chain.weights({4, 2, 3, 3}), chain.weights({4})},
               {{"strides", OnnxInts{2, 2}}, {"pads", OnnxInts{1, 1, 1, 1}}, {"group", one}});
    chain.then("LeakyRelu", {}, {{"alpha", 0.1F}});
    chain.then("BatchNormalization",
               {chain.weights({4}), chain.weights({4}), chain.weights({4}), chain.weights({4})});
    chain.then("MaxPool", {},
               {{"kernel_shape", OnnxInts{2, 2}}, {"strides", OnnxInts{2, 2}}, {"ceil_mode", one}});
    chain.then("ConvTranspose", {chain.weights({4, 2, 3, 3})},
               {{"strides", OnnxInts{2, 2}},
                {"output_padding", OnnxInts{1, 1}},
                {"auto_pad", "SAME_UPPER"s}});
    chain.then("Resize", {"", chain.numbers({1, 1, 2, 2})}, {{"mode", "linear"s}});
    graphs["autoencoder"] = chain.then("Sigmoid").graph();
  }
  {
    OnnxChain chain({1, 2, 4, 4}, 11);
    chain.then("Flatten").then("Gemm", {chain.weights({3, 32}), chain.weights({3})},
                               {{"transB", one}, {"alpha", 1.0F}});
    chain.then("Tanh").then("MatMul", {chain.weights({3, 32})}).then("Add", {chain.weights({32})});
    chain.then("Reshape", {chain.integers({-1, 8, 2, 2})});
    chain.then("DepthToSpace", {}, {{"blocksize", two}, {"mode", "DCR"s}});
    chain.then("PRelu", {chain.weights({2, 1, 1})}).then("Clip", {chain.numbers({0})});
    graphs["dense"] = chain.then("Softplus").graph();
  }
  {
    OnnxChain chain({0, 6, 8, 1});  // channels last
    chain.then("Transpose", {}, {{"perm", OnnxInts{0, 3, 1, 2}}});
    chain.then("Pad", {chain.integers({0, 0, 1, 1, 0, 0, 1, 1})}, {{"mode", "reflect"s}});
    chain.then("AveragePool", {},
               {{"kernel_shape", OnnxInts{3, 3}},
                {"count_include_pad", one},
                {"pads", OnnxInts{1, 1, 1, 1}}});
    chain.then("Slice", {chain.integers({1, 1}), chain.integers({-1, -1}), chain.integers({2, 3})});
    chain.then("Dropout")
        .then("Unsqueeze", {chain.integers({1})})
        .then("Squeeze", {chain.integers({1})});
    graphs["channels_last"] = chain.then("Transpose", {}, {{"perm", OnnxInts{0, 2, 3, 1}}}).graph();
  }
  {
    OnnxChain chain({2, 4, 6, 6});
    chain.then("Reshape", {chain.integers({0, 2, -1})});
    chain.then("InstanceNormalization", {chain.numbers({1, 1}), chain.numbers({0, 0})},
               {{"epsilon", 0.001F}});
    const std::string grouped = chain.last();
    const std::string shape = chain.builder().add("Shape", "s", {"x"});
    chain.then("Reshape", {shape}).then("Mul", {chain.weights({4, 1, 1})});
    const std::string base = chain.last();
    const std::string mean =
        chain.builder().add("ReduceMean", "m", {base}, {{"axes", OnnxInts{1}}});
    chain.then("Sub", {mean});
    const std::string centred = chain.last();
    chain.then("Pow", {chain.numbers({2})}).then("ReduceMean", {}, {{"axes", OnnxInts{1}}});
    chain.then("Add", {chain.numbers({0.001F})}).then("Sqrt");
    const std::string normal = chain.builder().add("Div", "d", {centred, chain.last()});
    const std::string sum = chain.builder().add("Concat", "c", {normal, base}, {{"axis", one}});
    chain.then("Identity");
    graphs["normalizations"] = [&] {
      chain.builder().add_output(sum, OnnxChain::any_images());
      return chain.builder().graph();
    }();
  }
  {
    OnnxChain chain({0, 2, 0, 0});  // as an exporter works out the size of a Resize
    OnnxGraphBuilder& builder = chain.builder();
    const std::string shape = builder.add("Shape", "shape", {"x"});
    const std::string ends =
        builder.add("Slice", "s", {shape, chain.integers({2}), chain.integers({4})});
    const std::string begin = builder.add("Gather", "g", {shape, chain.integers({0, 1})});
    const std::string doubled = builder.add("Mul", "m", {ends, chain.integers({2})});
    const std::string sizes =
        builder.add("Concat", "c", {begin, doubled}, {{"axis", std::int64_t{0}}});
    const std::string cast = builder.add("Cast", "k", {sizes}, {{"to", std::int64_t{7}}});
    chain.then("Resize", {"", "", cast},
               {{"coordinate_transformation_mode", "asymmetric"s}, {"nearest_mode", "floor"s}});
    const std::string large = chain.last();
    chain.then("Div", {chain.numbers({1.4142135F})}).then("Erf").then("Add", {chain.numbers({1})});
    graphs["worked_out"] = chain.then("Mul", {large}).then("Mul", {chain.numbers({0.5F})}).graph();
  }
  return graphs;
}

}  // namespace adjoint
