// The C interface of include/adjoint/adjoint.h: arguments in, a call of the library, results out.

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>

#include "c/outcome.hpp"
#include "datasets/level_check.hpp"
#include "framework/conv/blas_threads.hpp"
#include "inference/detection/choose_calibration.hpp"
#include "inference/detection/detect_in_memory.hpp"
#include "inference/detection/detection_report.hpp"
#include "inference/images/image_model.hpp"

using namespace adjoint;
using adjoint::c::given;
using adjoint::c::guarded;
using adjoint::c::warn;

struct adjoint_model {
  adjoint_model(const char* path, int threads, std::size_t max_memory)
      : pool(threads), images(path, pool, max_memory) {}

  /// Calls work(images) when no other thread does, and with OpenBLAS as Adjoint needs it.
  template <class Work>
  auto run(Work work) {
    const std::lock_guard lock(mutex);
    const SingleThreadedBlas blas;
    return work(images);
  }

  /// The calibration that the model's config asks for; only for what run() calls.
  const Calibration& usual_calibration() {
    if (!calibration) {
      check_detects(images);
      CalibrationChoice choice = choose_calibration(images, {});
      calibration = std::move(choice.calibration);
      for (const std::string& note : choice.notes) warn(note);
    }
    return *calibration;
  }

  ThreadPool pool;
  ImageModel images;
  std::mutex mutex;
  std::optional<Calibration> calibration;
};

namespace {

/// Images of the caller's, where they are.
ConstView images_of(const float* images, const std::int64_t* shape) {
  given(images, "images");
  given(shape, "shape");
  for (int axis = 0; axis < 4; ++axis) {
    if (shape[axis] < 1) {
      throw InputError(
          "shape: expected {{count, height, width, channels}}, each at least 1, got {{{}, {}, {}, "
          "{}}}",
          shape[0], shape[1], shape[2], shape[3]);
    }
  }
  return {images, Shape{shape[0], shape[1], shape[2], shape[3]}};
}

/// Images that run at once, without an effect on any result's bits.
Index piece_of(const Shape& image) {
  return std::max(ImageModel::usual_batch(image), ImageModel::together({image[0], image[1]}));
}

void check_levels(ConstView images) {
  LevelCheck check;
  check.add(images.slice(0, std::min<Index>(images.shape[0], 16)), {.bits = 32, .white = 1});
  if (const auto warning = check.warning("divide the pixels by {}")) warn(*warning);
}

/// Throws InputError if an array of the caller's is too small.
void check_room(const char* argument, std::size_t room, Index elements) {
  if (room >= static_cast<std::size_t>(elements)) return;
  throw InputError("{}: expected room for {} elements, got {}", argument, elements, room);
}

float* append(float* to, ConstView numbers) {
  return std::ranges::copy(numbers.flat(), to).out;
}
float* append(float* to, const Tensor& numbers) {
  return append(to, view(numbers));
}

/// Hands the images to work(some of them), as many at once as suit the model.
template <class Work>
void in_pieces(ConstView images, Work work) {
  const Index count = images.shape[0], piece = piece_of(images.shape.sample());
  for (Index first = 0; first < count; first += piece)
    work(images.slice(first, std::min(piece, count - first)));
}

}  // namespace

extern "C" {

int adjoint_abi_version() {
  return ADJOINT_ABI_VERSION;
}

const char* adjoint_version() {
  return ADJOINT_VERSION;
}

const char* adjoint_last_error() {
  return adjoint::c::outcome().error.c_str();
}

const char* adjoint_last_warning() {
  return adjoint::c::outcome().warning.c_str();
}

adjoint_status adjoint_load(const char* path, const adjoint_options* options,
                            adjoint_model** model) {
  return guarded([&] {
    given(model, "model") = nullptr;
    given(path, "path");
    const adjoint_options chosen = options ? *options : adjoint_options{sizeof chosen, 0, 0};
    if (chosen.struct_size != sizeof chosen) {
      throw InputError("options.struct_size: expected sizeof(adjoint_options), {}, got {}",
                       sizeof chosen, chosen.struct_size);
    }
    if (chosen.threads < 0) {
      throw InputError("options.threads: expected 0 (one for each processor) or more, got {}",
                       chosen.threads);
    }
    [[maybe_unused]] static const bool once = (SingleThreadedBlas::give_back(), true);
    const SingleThreadedBlas blas;
    *model = new adjoint_model(path, chosen.threads,
                               chosen.max_memory ? chosen.max_memory : ImageModel::kDefaultMemory);
  });
}

void adjoint_free(adjoint_model* model) {
  delete model;
}

adjoint_status adjoint_input_shape(const adjoint_model* model, int64_t shape[3]) {
  return guarded([&] {
    given(shape, "shape");
    std::ranges::copy(given(model, "model").images.model().input_shape(), shape);
  });
}

adjoint_status adjoint_output_shape(const adjoint_model* model, const int64_t shape[4],
                                    int64_t output[4]) {
  return guarded([&] {
    given(shape, "shape");
    given(output, "output");
    const Shape image = given(model, "model").images.output_shape({shape[1], shape[2], shape[3]});
    std::ranges::copy(image.batched(shape[0]), output);
  });
}

adjoint_status adjoint_denoise(adjoint_model* model, const float* images, const int64_t shape[4],
                               float* outputs, size_t room) {
  return guarded([&] {
    given(model, "model");
    given(outputs, "outputs");
    const ConstView all = images_of(images, shape);
    check_room("outputs", room,
               model->images.output_shape(all.shape.sample()).batched(shape[0]).size());
    check_levels(all);
    model->run([&](ImageModel& run) {
      run.average_symmetries(false);  // detect() may have asked for it
      float* end = outputs;
      in_pieces(all, [&](ConstView some) { end = append(end, run.reconstruct(some)); });
    });
  });
}

adjoint_status adjoint_code_shape(const adjoint_model* model, int64_t height, int64_t width,
                                  int64_t code[ADJOINT_MAX_AXES], int* axes) {
  static_assert(ADJOINT_MAX_AXES == Shape::kMaxRank);
  return guarded([&] {
    given(code, "code");
    const Shape shape = given(model, "model").images.code_shape(Extent2{height, width});
    given(axes, "axes") = shape.rank();
    std::ranges::copy(shape, code);
  });
}

adjoint_status adjoint_encode(adjoint_model* model, const float* images, const int64_t shape[4],
                              float* codes, size_t room) {
  return guarded([&] {
    given(model, "model");
    given(codes, "codes");
    const ConstView all = images_of(images, shape);
    check_room("codes", room,
               shape[0] * model->images.code_shape(Extent2{shape[1], shape[2]}).size());
    check_levels(all);
    model->run([&](ImageModel& run) {
      float* end = codes;
      in_pieces(all, [&](ConstView some) { end = append(end, run.encode(some)); });
    });
  });
}

adjoint_status adjoint_decode(adjoint_model* model, const float* codes, size_t elements,
                              const int64_t shape[4], float* images, size_t room) {
  return guarded([&] {
    given(model, "model");
    given(codes, "codes");
    const Shape wanted = images_of(images, shape).shape;
    const Extent2 size{shape[1], shape[2]};
    const Shape code = model->images.code_shape(size).batched(shape[0]);
    if (elements != static_cast<std::size_t>(code.size())) {
      throw InputError("codes: expected {} numbers, which are {}, got {}", code.size(),
                       to_string(code), elements);
    }
    check_room("images", room, wanted.size());
    const Tensor decoded = model->run([&](ImageModel& run) {
      return run.decode(ConstView{codes, code}, size);
    });
    if (shape_of(decoded) != wanted) {
      throw InputError("shape: codes of {} give images of {}, not of {}", to_string(code),
                       to_string(shape_of(decoded)), to_string(wanted));
    }
    append(images, decoded);
  });
}

adjoint_status adjoint_detect(adjoint_model* model, const float* images, const int64_t shape[4],
                              double* scores, uint8_t* flags, float* error_maps) {
  return guarded([&] {
    given(model, "model");
    const ConstView all = images_of(images, shape);
    check_levels(all);
    const std::vector<Finding> findings = model->run([&](ImageModel& run) {
      const Calibration& calibration = model->usual_calibration();
      std::vector<Finding> found = detect_in_memory(
          run, calibration,
          {.count = shape[0],
           .image = all.shape.sample(),
           .piece = piece_of(all.shape.sample()),
           .pixels = [&](Index first, Index count) { return all.slice(first, count); }},
          [&](ConstView residual) {
            if (error_maps) error_maps = append(error_maps, residual);
          });
      if (const auto warning = size_warning(calibration, found)) warn(*warning);
      return found;
    });
    for (const Finding& finding : findings) {
      if (scores) *scores++ = finding.score.value_or(std::numeric_limits<double>::quiet_NaN());
      if (flags) *flags++ = finding.flagged;
    }
  });
}

adjoint_status adjoint_threshold(adjoint_model* model, double* threshold) {
  return guarded([&] {
    given(threshold, "threshold") = given(model, "model").run([&](ImageModel&) {
      return model->usual_calibration().threshold;
    });
  });
}

}  // extern "C"
