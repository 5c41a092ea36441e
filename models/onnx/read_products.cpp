#include "framework/layers/dense.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/operator_table.hpp"
#include "models/onnx/read_steps.hpp"

namespace adjoint {
namespace onnx_products {

/// A Dense with a kernel (in, out).
OnnxView dense(OnnxReader& reader, OnnxView value, const OnnxTensor& kernel, bool use_bias) {
  if (kernel.dims.size() != 2 || kernel.dims[0] < 1 || kernel.dims[1] < 1)
    throw InputError("its constant is no matrix");
  const Index rows = kernel.dims[0];
  const auto last = reader.our_axis(value, value.axes.size() - 1);
  const bool along_last = value.axes.size() > 2 && last == value.sample.rank();
  if (!along_last) value = flattened_onnx(reader, value, rows);
  if (value.sample.back() != rows)
    throw InputError("its matrix has {} rows, and its input {} numbers", rows, value.sample.back());
  Shape sample = value.sample;
  sample[-1] = kernel.dims[1];
  OnnxView result = reader.add(
      "Dense", Dense::Settings{.units = kernel.dims[1], .use_bias = use_bias}, {value}, sample);
  if (along_last) result.axes = value.axes;
  reader.weight(result, "kernel", kernel, {value.order, result.order});
  return result;
}

}  // namespace onnx_products

void read_onnx_gemm(OnnxReader& reader) {
  if (reader.attribute<std::int64_t>("transA", 0) != 0)
    throw InputError("it turns its first input round (transA)");
  OnnxTensor kernel = reader.constant(1);
  if (kernel.dims.size() == 2 && reader.attribute<std::int64_t>("transB", 0) != 0)
    kernel = transposed(kernel, {1, 0});
  const float alpha = reader.attribute<float>("alpha", 1),
              beta = reader.attribute<float>("beta", 1);
  if (alpha != 1) kernel = each_onnx(kernel, [=](double number) { return alpha * number; });
  const bool use_bias = reader.has_input(2);
  const OnnxView value = reader.input(0);
  if (value.axes.size() != 2)
    throw InputError("its input has {} axes; expected 2", value.axes.size());
  const OnnxView result = onnx_products::dense(reader, value, kernel, use_bias);
  if (use_bias) {
    const OnnxTensor& given = reader.constant(2);
    const auto units = static_cast<std::size_t>(kernel.dims[1]);
    if (given.size() != units && given.size() != 1)
      throw InputError("its bias has {} numbers; expected {}", given.size(), units);
    std::vector<float> bias;
    for (std::size_t i = 0; i < units; ++i)
      bias.push_back(beta * static_cast<float>(onnx_number_at(given, given.size() == 1 ? 0 : i)));
    reader.weight(result, "bias", {{kernel.dims[1]}, std::move(bias)}, {result.order});
  }
  reader.give(result);
}

void read_onnx_matmul(OnnxReader& reader) {
  const OnnxView value = reader.input(0);
  reader.give(onnx_products::dense(reader, value, reader.constant(1), /*use_bias=*/false));
}

}  // namespace adjoint
