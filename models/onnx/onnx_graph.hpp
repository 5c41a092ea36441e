#pragma once

// An ONNX model in plain C++: what models/onnx/ reads and writes, without the ONNX library.

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace adjoint {

/// Extents or axes in ONNX's order: (batch, channels, height, width) for images.
using OnnxInts = std::vector<std::int64_t>;

/// Numbers with a shape: floats, or else integers (ONNX's other integers and booleans as well).
struct OnnxTensor {
  OnnxInts dims;
  std::variant<std::vector<float>, std::vector<std::int64_t>> numbers;

  bool is_integer() const { return numbers.index() == 1; }
  const std::vector<float>& floats() const { return std::get<0>(numbers); }
  const OnnxInts& integers() const { return std::get<1>(numbers); }
  std::size_t size() const { return is_integer() ? integers().size() : floats().size(); }
};

/// The tensor with its axes in another order: axis i of the result is axis axes[i] of this one.
/// `axes` names each axis once.
OnnxTensor transposed(const OnnxTensor& tensor, const OnnxInts& axes);

/// An argument of an operator.
using OnnxAttribute =
    std::variant<std::int64_t, float, std::string, OnnxInts, std::vector<float>, OnnxTensor>;

/// An operator in its place. An empty name of an input means that it is left out.
struct OnnxNode {
  std::string op;
  std::string name;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, OnnxAttribute> attributes;
};

/// An input or output of a graph: a float tensor.
struct OnnxValue {
  struct Extent {
    std::int64_t size = 0;  // 0: any
    std::string name;       // of one that is open; may be empty
  };
  std::string name;
  std::vector<Extent> extents;
};

/// A model: nodes in an order in which they can be run.
struct OnnxGraph {
  std::string name;
  std::string producer;
  std::int64_t opset = 0;
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxTensor> constants;  // ONNX's initializers
  std::vector<OnnxValue> inputs;                // without the constants
  std::vector<OnnxValue> outputs;
};

}  // namespace adjoint
