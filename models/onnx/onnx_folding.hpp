#pragma once

#include <optional>
#include <vector>

#include "models/onnx/onnx_graph.hpp"

namespace adjoint {

/// What a node makes of constants alone: exporters compute shapes by small graphs of these.
/// `inputs` are null where one is left out. Nothing for an operator that is not known here. Throws
/// InputError if the constants do not fit it, or the result is larger than such graphs need.
std::optional<OnnxTensor> fold_onnx(const OnnxNode& node,
                                    const std::vector<const OnnxTensor*>& inputs);

/// An axis counted from the front, where a negative one counts from the back. Throws InputError if
/// there is none such.
std::size_t onnx_axis_of(std::int64_t axis, std::size_t rank);

/// The extents that a Reshape gives `dims`: 0 copies one, -1 is worked out. Throws InputError if
/// the counts of numbers differ.
OnnxInts onnx_reshaped(const OnnxInts& dims, const OnnxInts& target, bool zero_is_zero);

/// Places first, first + step, ... of an axis that a Slice takes.
OnnxInts onnx_sliced(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t extent);

/// An attribute as a type; `fallback` if there is none. Throws InputError if it is of another type.
template <class T>
T onnx_attribute(const OnnxNode& node, const std::string& name, T fallback);

/// Numbers as integers. Throws InputError if they are floats.
const OnnxInts& onnx_integers(const OnnxTensor& tensor);
/// A tensor's only number. Throws InputError if there are more.
double onnx_number(const OnnxTensor& tensor);
/// Number i of a tensor.
double onnx_number_at(const OnnxTensor& tensor, std::size_t i);

}  // namespace adjoint
