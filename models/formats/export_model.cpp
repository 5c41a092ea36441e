#include "models/formats/export_model.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "framework/graph/predictor.hpp"
#include "framework/parallel/thread_pool.hpp"
#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

/// The model that a file holds, as whoever reads it would have it.
Model read_back(const std::string& path, const ModelFormat& format, const Model& model) {
  if (format.read) return build_model(format.read(path), path);
  Model blank = model;
  for (Parameter& parameter : blank.parameters())
    std::ranges::fill(parameter.value, std::numeric_limits<Real>::quiet_NaN());
  format.put_weights(path, blank, WeightMatch::by_name);
  return blank;
}

Tensor run(const Model& model, const Shape& input, const Tensor& sample, ThreadPool& pool) {
  Predictor predict(model, {.input = input, .batch = 1}, pool);
  return predict(view(sample));
}

/// What a file that holds a scaling does.
void scale(const std::optional<OnnxScaling>& scaling, Tensor& images) {
  if (!scaling) return;
  const auto channels = static_cast<std::size_t>(shape_of(images).back());
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::size_t c = scaling->factor.size() == 1 ? 0 : i % channels;
    images.data()[i] =
        static_cast<Real>(images.data()[i] * scaling->factor[c] + scaling->offset[c]);
  }
}

}  // namespace

ExportCheck export_model(const std::string& path, const ModelFormat& format, const Model& model,
                         const ExportOptions& options, const Shape& input) {
  if (!format.write)
    throw InputError("Adjoint reads {} and does not write it: {}", format.name, format.doc);
  if ((options.input_scaling || options.output_scaling) && !format.scales)
    throw InputError("a file of the format {} has no place for a normalization", format.name);
  format.write(path, model, options);
  const auto fail = [&](const std::string& reason) {
    std::error_code error;
    const bool is_file = std::filesystem::is_regular_file(path, error);
    if (is_file) std::filesystem::remove(path, error);  // a folder may hold more than was written
    return RunError("{}: what was written {}, and {}: please report this", path, reason,
                    is_file ? "it was removed" : "must not be used");
  };
  try {
    Tensor sample = make_tensor(input.batched(1));
    Random random({.seed = 1, .purpose = Purpose::initialize});
    for (Real& pixel : sample) pixel = static_cast<Real>(random.uniform());
    ThreadPool pool(1);
    Tensor seen = sample;
    scale(options.input_scaling, seen);
    Tensor expected = run(model, input, seen, pool);
    scale(options.output_scaling, expected);
    const Tensor found = run(read_back(path, format, model), input, sample, pool);
    if (!(shape_of(found) == shape_of(expected))) {
      throw fail(fmt::format("gives {} instead of {}", to_string(shape_of(found)),
                             to_string(shape_of(expected))));
    }
    ExportCheck check{.input = input};
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double difference = std::abs(double{found.data()[i]} - double{expected.data()[i]});
      // A difference that is no number is the worst.
      if (!(difference <= check.difference)) check.difference = difference;
    }
    if (!(check.difference <= format.promise)) {
      throw fail(fmt::format("gives outputs that differ by {:.2g}, and {} promises {:.2g}",
                             check.difference, format.name, format.promise));
    }
    return check;
  } catch (const InputError& error) {
    throw fail(fmt::format("cannot be read back ({})", error.what()));
  }
}

}  // namespace adjoint
