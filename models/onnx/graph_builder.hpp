#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/onnx/onnx_graph.hpp"

namespace adjoint {

/// Puts a graph together, node by node, and sees to it that every name of a node, and of a value,
/// is there once.
class OnnxGraphBuilder {
 public:
  using Attributes = std::map<std::string, OnnxAttribute>;

  /// Adds a node and returns its output. Both are called `name`, with a number behind it where that
  /// is taken.
  std::string add(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                  Attributes attributes = {});
  /// Adds a constant and returns its name; one that is there already is stored once.
  std::string constant(const std::string& name, OnnxTensor tensor);
  std::string number(const std::string& name, double value);
  std::string numbers(const std::string& name, std::vector<float> values);
  std::string integers(const std::string& name, OnnxInts values);

  void add_input(OnnxValue value);
  /// Keeps the name of an output for add_output().
  void reserve(const std::string& output) { values_.insert(output); }
  /// `made` is the name that the output has so far.
  void add_output(const std::string& made, OnnxValue value);

  OnnxGraph& graph() { return graph_; }

 private:
  OnnxGraph graph_;
  std::set<std::string> nodes_, values_;  // names that are taken
};

}  // namespace adjoint
