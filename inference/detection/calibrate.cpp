#include "inference/detection/calibrate.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "datasets/image_record.hpp"
#include "datasets/split.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/hidden_cells.hpp"
#include "inference/images/image_queue.hpp"
#include "inference/images/spread.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

// Together at most so many numbers: enough to keep the processors busy.
constexpr Index kMostElements = Index{1} << 22;
// Held-out images that one rank takes and runs apart from others, whatever the number of ranks.
constexpr Index kBlock = 16;

/// One image of a dataset, by any of its samples.
struct ImageOf {
  const Dataset* data;
  Index sample;
};

/// The images of a split that a training held out. Its record says so by name; images without names
/// are as the split divides them.
std::vector<ImageOf> held_out_images(const Split& split, const ImageRecord& record) {
  const std::set<std::string> names(record.held_out.begin(), record.held_out.end());
  const std::string folder = image_record(split).folder;
  std::vector<ImageOf> images;
  for (const DatasetPtr& part : {split.validation, split.train}) {
    for (Index i = 0; i < part->size(); i += part->group()) {
      const std::string name = part->image_name(i);
      const bool held_out = names.empty() || name.empty()
                                ? part == split.validation
                                : names.contains(recorded_name(name, folder));
      if (held_out) images.push_back({part.get(), i});
    }
  }
  return images;
}

/// Scores images for a calibration on all threads.
class Scores {
 public:
  Scores(ThreadPool& pool, Calibrator& calibrator) : queue_(pool), calibrator_(calibrator) {}

  /// (count, height, width, channels)
  void add(const std::vector<std::string>& names, ConstView images, ConstView outputs) {
    const Shape sample = images.shape.sample();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto at = static_cast<Index>(i);
      queue_.add({.name = names[i],
                  .pixels = copy_of(images.slice(at, 1).reshaped(sample)),
                  .output = copy_of(outputs.slice(at, 1).reshaped(sample))});
      if (queue_.is_full()) finish();
    }
  }
  void finish() {
    queue_.run(
        [&](const ImageQueue::Image& image) {
          return calibrator_.examine(view(image.pixels), view(image.output));
        },
        [&](const ImageQueue::Image& image, const Calibrator::Examined& examined) {
          calibrator_.add(image.name, examined);
        });
  }

 private:
  ImageQueue queue_;
  Calibrator& calibrator_;
};

/// Runs the model on images of one shape together.
class Batches {
 public:
  Batches(ImageModel& model, Calibrator& calibrator)
      : model_(model), calibrator_(calibrator), scores_(model.pool(), calibrator) {}

  void add(const std::string& name, Tensor image) {
    const Shape shape = shape_of(image);
    const auto count = static_cast<Index>(images_.size());
    if (count > 0 &&
        (!(shape == shape_of(images_[0])) || (count + 1) * shape.size() > kMostElements))
      run();
    images_.push_back(std::move(image));
    names_.push_back(name);
  }
  void run() {
    if (images_.empty()) return;
    Tensor all = make_tensor(shape_of(images_[0]).batched(static_cast<Index>(images_.size())));
    for (std::size_t i = 0; i < images_.size(); ++i)
      std::ranges::copy(images_[i], view(all).slice(static_cast<Index>(i), 1).data);
    const ConstView images = view(std::as_const(all));
    const Tensor outputs = reconstruct_hidden(model_, calibrator_.settings(), images);
    scores_.add(names_, images, view(outputs));
    images_.clear();
    names_.clear();
  }

  void finish() {
    run();
    scores_.finish();
  }

 private:
  ImageModel& model_;
  Calibrator& calibrator_;
  Scores scores_;
  std::vector<Tensor> images_;
  std::vector<std::string> names_;
};

/// The file of a recorded image: its name may end in "#PAGE".
std::string file_of(const std::string& name) {
  const std::size_t last = name.find_last_not_of("0123456789");
  return last != std::string::npos && name[last] == '#' ? name.substr(0, last) : name;
}

bool same_content(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  if (fs::file_size(a, error) != fs::file_size(b, error)) return false;
  std::ifstream left(a, std::ios::binary), right(b, std::ios::binary);
  using Bytes = std::istreambuf_iterator<char>;
  return std::equal(Bytes(left), {}, Bytes(right), {});
}

}  // namespace

Calibrator score_held_out(ImageModel& model, const DetectionSettings& settings, Ranks& ranks) {
  const Split split =
      open_split(model.trained().data, static_cast<std::uint64_t>(model.trained().seed),
                 model.trained().folder);
  if (!split.validation) {
    throw InputError(
        "the model's config holds out no validation data to calibrate on; name defect-free images "
        "with --calibrate");
  }
  const std::vector<ImageOf> images = held_out_images(split, model.checkpoint().images);
  if (images.empty()) {
    throw InputError(
        "none of the images that training held out ({}{}, ...) is there any more; name defect-free "
        "images with --calibrate",
        model.checkpoint().images.folder, model.checkpoint().images.held_out.front());
  }
  Calibrator calibrator(settings, model.normalization());
  Batches batches(model, calibrator);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto block = static_cast<Index>(i) / kBlock;
    if (static_cast<Index>(i) % kBlock == 0) batches.run();
    if (block % ranks.size() != ranks.rank()) continue;
    const auto& [data, sample] = images[i];
    std::string name = data->image_name(sample);
    if (name.empty()) name = fmt::format("number {} of the held-out ones", sample);
    batches.add(name, data->whole(sample));
  }
  batches.finish();
  return calibrator;
}

Calibration calibrate_on_held_out(ImageModel& model, const DetectionSettings& settings,
                                  Ranks& ranks) {
  return score_held_out(model, settings, ranks).finish(ranks);
}

Calibration calibrate_on(ImageModel& model, ImageSource& images, const DetectionSettings& settings,
                         Ranks& ranks) {
  const Spread spread(images, model, ranks);
  Calibrator calibrator(settings, model.normalization());
  Scores scores(model.pool(), calibrator);
  while (const std::optional<ImageBatch> batch = images.next()) {
    const ConstView pixels = view(std::as_const(batch->pixels));
    const Tensor outputs = reconstruct_hidden(model, settings, pixels);
    if (spread.keeps()) scores.add(batch->names, pixels, view(outputs));
  }
  scores.finish();
  return calibrator.finish(ranks);
}

std::vector<fs::path> trained_on(const ImageRecord& record, const std::vector<fs::path>& files) {
  std::multimap<std::string, fs::path> known;  // by the name alone
  for (const std::string& name : record.trained_on) {
    const fs::path file = fs::path(record.folder) / file_of(name);
    known.emplace(file.filename().string(), file);
  }
  std::vector<fs::path> found;
  for (const fs::path& file : std::set<fs::path>(files.begin(), files.end())) {
    const auto [begin, end] = known.equal_range(file.filename().string());
    const bool trained = std::any_of(begin, end, [&](const auto& entry) {
      std::error_code error;
      return !fs::exists(entry.second, error) || same_content(file, entry.second);
    });
    if (trained) found.push_back(file);
  }
  return found;
}

}  // namespace adjoint
