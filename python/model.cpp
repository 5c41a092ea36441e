#include "python/model.hpp"

#include <unistd.h>

#include "framework/tensor/error.hpp"
#include "inference/images/generation.hpp"
#include "python/interruption.hpp"

namespace adjoint::python {
namespace {

using std::optional;

py::array reconstruct(TrainedImageModel& self, const py::object& x, bool tta,
                      optional<double> white) {
  const ImageArray images(x, self.images(), white);
  if (const auto warning = images.level_warning()) warn(*warning);
  ResultArray results(images.shape_with(self.images().output_shape(images.image())), images.kind(),
                      images.white());
  self.run([&](ImageModel& model) {
    model.average_symmetries(tta);
    for (Index first = 0; first < images.count(); first += images.piece()) {
      Tensor room;
      const Tensor output = model.reconstruct(
          images.pixels(first, std::min(images.piece(), images.count() - first), room));
      results.append(view(output));
    }
  });
  return results.array();
}

py::array encode(TrainedImageModel& self, const py::object& x, optional<double> white) {
  const ImageArray images(x, self.images(), white);
  if (const auto warning = images.level_warning()) warn(*warning);
  const Shape code = self.images().code_shape(Extent2{images.image()[0], images.image()[1]});
  std::vector<Index> shape(code.begin(), code.end());
  if (py::len(py::array::ensure(x).attr("shape")) == 4) shape.insert(shape.begin(), images.count());
  ResultArray codes(shape, NumberKind::f32, 1);
  self.run([&](ImageModel& model) {
    Interruption interruption;
    for (Index first = 0; first < images.count(); first += images.piece()) {
      interruption.check();
      Tensor room;
      const Tensor some = model.encode(
          images.pixels(first, std::min(images.piece(), images.count() - first), room));
      codes.append(view(some));
    }
  });
  return codes.array();
}

/// Number of axes of one code.
int code_rank(const Model& model) {
  if (model.latent() < 0) {
    throw InputError(
        "the model has no latent layer; name one in its config: [model] latent = \"...\"");
  }
  return model.infer(model.example_shape())[static_cast<std::size_t>(model.latent())].rank();
}

py::array decode(TrainedImageModel& self, const py::object& codes, const py::object& size) {
  const auto array = float_array(codes, "codes");
  const int rank = code_rank(self.model());
  const optional<Extent2> extent = size_of(size);
  const ConstView all = view_of(array);
  if (all.shape.rank() != rank && all.shape.rank() != rank + 1) {
    throw InputError("a code of this model has {} axes, and several have {}; got an array of {}",
                     rank, rank + 1, to_string(all.shape));
  }
  const bool one = all.shape.rank() == rank;
  Tensor images = self.run([&](ImageModel& model) {
    return model.decode(one ? all.reshaped(all.shape.batched(1)) : all, extent);
  });
  py::array result = to_array(std::move(images));
  return one ? py::array(result[py::int_(0)]) : result;
}

py::array sample(TrainedImageModel& self, Index count, std::uint64_t seed, double temperature,
                 const py::object& size) {
  if (count < 1) throw InputError("count: expected at least 1, got {}", count);
  if (!(temperature >= 0))
    throw InputError("temperature: expected at least 0, got {}", temperature);
  const optional<Extent2> extent = size_of(size);
  return to_array(self.run([&](ImageModel& model) {
    return model.decode(draw_codes(model, extent, count, seed, temperature), extent);
  }));
}

py::dict weights(const py::object& self) {
  py::dict arrays;
  for (const Parameter& parameter : self.cast<const TrainedImageModel&>().model().parameters())
    arrays[py::str(parameter.name)] = view_of(parameter.value, self);
  return arrays;
}

optional<std::string> latent_name(const TrainedImageModel& self) {
  const Index latent = self.model().latent();
  if (latent < 0) return std::nullopt;
  return self.model().nodes()[static_cast<std::size_t>(latent)].name;
}

std::string text_of_model(const TrainedImageModel& self) {
  const auto latent = latent_name(self);
  return fmt::format("<adjoint.Model \"{}\": {} images, {} layers, {} parameters{}, from {}>",
                     self.trained().name, shape_text(self.model().input_shape()),
                     self.model().nodes().size() - 1, self.model().parameter_count(),
                     latent ? fmt::format(", latent \"{}\"", *latent) : "", self.trained().path);
}

constexpr const char* kReconstruct = R"(Runs images of any size through the model.

denoise(), reconstruct() and upscale() are one function under the names of three commands.

x: (height, width), (height, width, channels) or (count, height, width, channels), in float32 or
    float64 with values in [0, 1], uint8 or uint16. A float32 array in C order is read where it is;
    others are converted, a few images at a time, and arrays in another order are copied first.
tta: test-time augmentation, the mean over the eight flips and rotations, in eight times the time.
white: the number that means 1, such as 4095 in 12-bit data; by default that of the model's
    training, else 255 for uint8, 65535 for uint16 and 1 for floats.

Returns a new array of x's shape and type; height and width are times model.scale. Integers are
rounded and clipped to [0, white]. A gray model takes the channels of a colour image one by one.
Large images run in tiles within max_memory. Other Python threads run meanwhile, and Ctrl-C raises
KeyboardInterrupt.
Raises InputError if x is no image for the model. Warns (UserWarning) if the values are far from
[0, 1].)";

}  // namespace

int checked_threads(int threads) {
  if (threads < 0)
    throw InputError("threads: expected 0 (one for each processor) or more, got {}", threads);
  return threads;
}

py::dict columns_of(const History& history) {
  py::dict columns;
  for (std::size_t c = 0; c < history.columns.size(); ++c) {
    std::vector<double> values;
    for (const std::vector<double>& row : history.rows) values.push_back(row[c]);
    columns[py::str(history.columns[c])] =
        py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
  }
  return columns;
}

TrainedImageModel::TrainedImageModel(const std::string& path, int threads, std::size_t max_memory)
    : process_(::getpid()),
      pool_(std::make_unique<ThreadPool>(checked_threads(threads))),
      images_(std::make_unique<ImageModel>(path, *pool_, max_memory)) {}

TrainedImageModel::~TrainedImageModel() {
  images_.reset();
  // A process forked from ours has none of the threads: waiting for their end would take for ever.
  if (process_ != ::getpid()) static_cast<void>(pool_.release());
}

std::unique_lock<std::timed_mutex> TrainedImageModel::take() {
  std::unique_lock lock = wait_for(mutex_);
  images_->between_parts([interruption = Interruption()]() mutable { interruption.check(); });
  return lock;
}

std::string path_of(const py::object& path, const char* argument) {
  try {
    return py::module_::import("os").attr("fsdecode")(path).cast<std::string>();
  } catch (const py::error_already_set& error) {
    if (!error.matches(PyExc_TypeError)) throw;
    throw InputError("{}: expected a str or a path, got {}", argument, type_name(path));
  }
}

ModelPtr load(const std::string& path, int threads, std::size_t max_memory) {
  const py::gil_scoped_release release;
  return std::make_shared<TrainedImageModel>(path, threads, max_memory);
}

py::class_<TrainedImageModel, ModelPtr> bind_model(py::module_& module) {
  using Self = TrainedImageModel;
  py::class_<Self, ModelPtr> model(module, "Model", R"(A trained model, loaded by adjoint.load().

It has threads of its own. Several Python threads may use one model: they take turns.)");
  for (const char* name : {"denoise", "reconstruct", "upscale"})
    model.def(name, &reconstruct, py::arg("x"), py::kw_only(), py::arg("tta") = false,
              py::arg("white") = py::none(), kReconstruct);
  model
      .def("encode", &encode, py::arg("x"), py::kw_only(), py::arg("white") = py::none(),
           R"(Returns the latent codes of images: the output of the layer model.latent.

x: as denoise() takes it, with exactly the model's channels. Read likewise without a copy.
Returns float32, the shape of one code for one image, (count, ...) for (count, height, width,
channels).
Raises InputError if the model has no latent layer, or x is no image for it.)")
      .def("decode", &decode, py::arg("codes"), py::kw_only(), py::arg("size") = py::none(),
           R"(Returns the images of latent codes: runs the model from its latent layer on.

codes: one code or (count, ...), as encode() gives them; read without a copy if float32 in C order.
size: (height, width) of the images; by default the largest with such codes.
Returns float32 in [0, 1], (height, width, channels) or (count, height, width, channels).
Raises InputError if the model has no latent layer, or no image has such codes.)")
      .def("sample", &sample, py::arg("count") = 16, py::kw_only(), py::arg("seed") = 0,
           py::arg("temperature") = 1.0, py::arg("size") = py::none(),
           R"(Makes new images with a variational model: draws latent codes and decodes them.

temperature: standard deviation of the codes; below 1, images are more typical.
size: (height, width), for models that take any size.
Returns float32 in [0, 1], (count, height, width, channels), the same for the same seed.
Raises InputError unless the latent layer is a Sampling layer.)")
      .def_property_readonly(
          "name", [](const Self& self) { return self.trained().name; }, "Name of the run.")
      .def_property_readonly(
          "path", [](const Self& self) { return self.trained().path; }, "Path of the checkpoint.")
      .def_property_readonly(
          "input_shape", [](const Self& self) { return shape_tuple(self.model().input_shape()); },
          "(height, width, channels) of an image; None means any.")
      .def_property_readonly(
          "scale",
          [](const Self& self) {
            return std::pair(self.images().scale().h, self.images().scale().w);
          },
          "Output pixels for each input pixel, along height and width.")
      .def_property_readonly("latent", &latent_name,
                             "Name of the layer whose output is the code, or None.")
      .def_property_readonly(
          "parameter_count", [](const Self& self) { return self.model().parameter_count(); },
          "Number of elements of all weights.")
      .def_property_readonly("weights", &weights,
                             R"(All weights by name, such as "enc1/kernel".

Read-only arrays of float32 on the model's own memory, which they keep alive; copy() one to change
it. They are the moving averages, where the training kept any.)")
      .def_property_readonly(
          "config", [](const Self& self) { return self.trained().checkpoint.config; },
          "The config that the model was trained with, as TOML text.")
      .def_property_readonly(
          "history", [](const Self& self) { return columns_of(self.trained().checkpoint.history); },
          "The columns of the run's history.csv as float64 arrays, one number "
          "an epoch; empty for models of other programs.")
      .def_property_readonly("threads", &Self::threads, "Number of threads that it runs on.")
      .def("__repr__", &text_of_model);
  module.def(
      "load",
      [](const py::object& path, int threads, std::size_t max_memory) {
        return load(path_of(path, "path"), threads, max_memory);
      },
      py::arg("path"), py::kw_only(), py::arg("threads") = 0,
      py::arg("max_memory") = ImageModel::kDefaultMemory,
      R"(Loads a trained model.

path: a checkpoint, the folder of its run (then best.h5), or a model of Keras or ONNX.
threads: 0 means one for each processor. The results' bits do not depend on it.
max_memory: bytes of activations that the model may hold; larger images run in tiles.
Raises InputError if it is no model, is damaged, or holds weights that are not finite.)");
  return model;
}

}  // namespace adjoint::python
