#pragma once

// Steps that several operators are read by.

#include "models/onnx/onnx_reader.hpp"

namespace adjoint {

/// A value as a vector of one axis: adds a Flatten where it is an image, and turns what follows so
/// that its numbers count as in the file. `most` bounds how many there may be.
OnnxView flattened_onnx(OnnxReader& reader, const OnnxView& value, Index most);

/// factor * value + offset, joined with a Rescaling just before.
OnnxView rescaled_onnx(OnnxReader& reader, const OnnxView& value, double factor, double offset);

OnnxView activated_onnx(OnnxReader& reader, const OnnxView& value,
                        const ActivationSpec& activation);

/// A constant that is spread over a value: its axes as a sample's of ours, 1 along those that share
/// a number. Throws InputError if it has other extents.
OnnxTensor spread_onnx(OnnxReader& reader, const OnnxView& value, const OnnxTensor& constant);

/// Multiplies a value with `constant`, or adds it. Throws InputError if it differs from pixel to
/// pixel.
OnnxView multiplied_onnx(OnnxReader& reader, const OnnxView& value, const OnnxTensor& constant);
OnnxView added_onnx(OnnxReader& reader, const OnnxView& value, const OnnxTensor& constant);

/// Normalizes a value over some of our axes, without scale and shift.
OnnxView normalized_onnx(OnnxReader& reader, const OnnxView& value, const std::vector<int>& axes,
                         double epsilon);

/// A float as a person would write it: 0.001, not 0.0010000000474974513.
double shortest_decimal(float number);

/// f of each number.
template <class Function>
OnnxTensor each_onnx(OnnxTensor tensor, Function f) {
  std::vector<float> numbers;
  for (std::size_t i = 0; i < tensor.size(); ++i)
    numbers.push_back(static_cast<float>(f(onnx_number_at(tensor, i))));
  tensor.numbers = std::move(numbers);
  return tensor;
}

}  // namespace adjoint
