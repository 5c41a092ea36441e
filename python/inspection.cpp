// Looks inside models, as `adjoint inspect --json` does.

#include <nlohmann/json.hpp>

#include "framework/storage/find_checkpoint.hpp"
#include "inference/inspection/report_json.hpp"
#include "python/model.hpp"
#include "train/model_inspection.hpp"

namespace adjoint::python {
namespace {

py::dict dict_of(const nlohmann::ordered_json& document) {
  const std::string text =
      document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return py::module_::import("json").attr("loads")(text);
}

py::dict inspect_path(const py::object& path, const py::object& size, bool epochs) {
  const std::string file = path_of(path, "path");
  const std::optional<Extent2> extent = size_of(size);
  nlohmann::ordered_json report;
  {
    const py::gil_scoped_release release;
    const SingleThreadedBlas blas;
    const std::string found =
        std::filesystem::is_directory(file) ? find_checkpoint(file).string() : file;
    report = report_json(inspect_file(found, extent, epochs ? Epochs::kept : Epochs::none));
  }
  return dict_of(report);
}

py::list symmetric_pairs_of(const TrainedImageModel& self) {
  nlohmann::ordered_json report;
  {
    const py::gil_scoped_release release;
    const SingleThreadedBlas blas;
    const TrainedModel& trained = self.trained();
    // What a foreign model's weights were before its training is not known.
    const std::map<std::string, Tensor> initial =
        trained.foreign ? copy_weights(trained.model) : trained.checkpoint.initial_weights;
    report = report_json(adjoint::inspect(trained.model, typical_input(trained.model), &initial));
  }
  return dict_of(report)["pairs"];
}

}  // namespace

void bind_inspection(py::class_<TrainedImageModel, ModelPtr>& model, py::module_& module) {
  module.def("inspect", &inspect_path, py::arg("path"), py::kw_only(), py::arg("size") = py::none(),
             py::arg("epochs") = false,
             R"(Returns what `adjoint inspect --json` prints of a model, as a dict.

path: a checkpoint, the folder of a run, a model of Keras or ONNX, or a TOML config (for the layers
    alone).
size: (height, width) for the table of layers; by default the model's own or a usual one.
epochs: also how the symmetric pairs changed over the epochs that training.keep_every kept.

Its keys: name, source, trained, epochs, input, parameters, multiply_adds, checkerboard, layers,
pairs, kernels and others; docs/inspect.md explains the measures.
Raises InputError if there is no model, or it does not take that size.)");
  model.def_property_readonly(
      "symmetric_pairs", &symmetric_pairs_of,
      R"(The Conv2D layers and the Conv2DTranspose layers that mirror them, the outermost first.

A list of dicts as in inspect()["pairs"]: "convolution" and "transpose" name the layers; "tied" says
whether they share a kernel; "before", "after" and "by_chance" compare the kernels before and after
training, and random ones: "cosine", "cosine_of_rotation" and others, or None if they cannot be
compared; "shapes_differ_in" says why. docs/inspect.md explains the measures.)");
}

}  // namespace adjoint::python
