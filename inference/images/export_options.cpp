#include "inference/images/export_options.hpp"

#include "framework/tensor/error.hpp"

namespace adjoint {

ExportOptions export_options(const TrainedModel& trained, const ModelFormat& format,
                             bool normalize) {
  ExportOptions options{.name = trained.name};
  if (!normalize) return options;
  if (!format.scales)
    throw InputError(
        "--normalize: a file of the format {} has no place for a normalization; one of the format "
        "onnx has",
        format.name);
  if (trained.data.normalization.kind != NormalizationKind::standardize) {
    throw InputError(
        "--normalize: the model's data.normalization is \"{}\"; only \"standardize\" is the same "
        "for every image, and can be part of a file",
        name_of(trained.data.normalization.kind));
  }
  const Normalization::Numbers learned = trained.normalization.learned();
  const std::vector<double>& offset = learned.at("normalization/offset");
  const std::vector<double>& range = learned.at("normalization/range");
  OnnxScaling input;
  for (std::size_t c = 0; c < range.size(); ++c) {
    input.factor.push_back(1 / range[c]);
    input.offset.push_back(-offset[c] / range[c]);
  }
  options.input_scaling = std::move(input);
  options.output_scaling = OnnxScaling{range, offset};
  return options;
}

}  // namespace adjoint
