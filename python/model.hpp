#pragma once

#include <pybind11/pybind11.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "framework/conv/blas_threads.hpp"
#include "framework/storage/checkpoint.hpp"
#include "inference/detection/calibration.hpp"
#include "inference/images/image_model.hpp"
#include "python/arrays.hpp"

namespace adjoint::python {

/// A trained model with threads of its own. Python's threads take turns.
class TrainedImageModel {
 public:
  /// Needs no GIL. Throws InputError like ImageModel, or for fewer than 0 threads.
  TrainedImageModel(const std::string& path, int threads, std::size_t max_memory);
  ~TrainedImageModel();
  TrainedImageModel(const TrainedImageModel&) = delete;
  TrainedImageModel& operator=(const TrainedImageModel&) = delete;

  const TrainedModel& trained() const { return images_->trained(); }
  const Model& model() const { return images_->model(); }
  const ImageModel& images() const { return *images_; }
  int threads() const { return pool_->size(); }

  /// Calls work(model) without the GIL, when no other thread uses the model. Ctrl-C ends it with
  /// KeyboardInterrupt.
  template <class Work>
  auto run(Work work) {
    const py::gil_scoped_release release;
    const std::unique_lock lock = take();
    const SingleThreadedBlas blas;
    return work(*images_);
  }

  /// The calibration that the model's config asks for; unset until detect() or calibrate() first
  /// needs it. Only for what run() calls, which one thread does at a time.
  std::optional<Calibration> calibration;

 private:
  std::unique_lock<std::timed_mutex> take();

  int process_;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<ImageModel> images_;
  std::timed_mutex mutex_;
};

using ModelPtr = std::shared_ptr<TrainedImageModel>;

/// A path of a str or os.PathLike. Throws InputError, naming the argument, for anything else.
std::string path_of(const py::object& path, const char* argument);

/// The number of threads. Throws InputError if it is negative.
int checked_threads(int threads);

/// The columns of a history by name, as float64 arrays with a number for each epoch.
py::dict columns_of(const History& history);

/// Loads a checkpoint. Throws InputError like ImageModel.
ModelPtr load(const std::string& path, int threads, std::size_t max_memory);

// What the module has, a subject each.
void bind_layers(py::class_<TrainedImageModel, ModelPtr>& model, py::module_& module);
void bind_detection(py::class_<TrainedImageModel, ModelPtr>& model, py::module_& module);
void bind_inspection(py::class_<TrainedImageModel, ModelPtr>& model, py::module_& module);
py::class_<TrainedImageModel, ModelPtr> bind_model(py::module_& module);
void bind_images(py::module_& module);
void bind_training(py::module_& module);

}  // namespace adjoint::python
