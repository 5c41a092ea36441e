#include "train/one_class.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "datasets/folder.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/image_scores.hpp"
#include "inference/detection/ranking.hpp"
#include "train/resumption.hpp"
#include "train/trainer.hpp"

namespace adjoint {
namespace {

/// The classes to evaluate, in the order of their labels.
std::vector<OneClassResult> chosen_classes(const Config& config, const OneClassOptions& options,
                                           const Dataset& test) {
  DataSpec all = config.data;
  all.classes.names = options.classes;
  all.limit = 0;
  const DatasetPtr train = open_dataset(all, 0, config.folder);
  const std::vector<std::string> names = train->label_names();
  const std::vector<Index> tested = labels_of(test);
  std::vector<OneClassResult> classes;
  for (const Index label : labels_of(*train)) {
    if (!std::ranges::binary_search(tested, label)) {
      throw InputError("no test image has the label {}; there are {}", label_text(label, names),
                       fmt::join(tested, ", "));
    }
    classes.push_back({label, names.empty() ? "" : label_text(label, names), {}});
  }
  if (classes.empty()) {
    throw InputError(
        "data.path = \"{}\": the training images have no labels; one-class classification needs "
        "the file of labels beside them",
        config.data.path);
  }
  if (tested.size() < 2) {
    throw InputError("all test images have the label {}; expected images of other classes, too",
                     label_text(tested[0], names));
  }
  return classes;
}

/// Trains on one class, or goes on with a training of the same config; whether it came to its end.
bool train_on(const Config& config, const RunFolder& folder, ThreadPool& pool,
              TrainingObserver& observer, const std::atomic<bool>& stop) {
  Trainer trainer(config, folder, pool);
  if (const std::filesystem::path saved = folder.checkpoint(); is_there(saved)) {
    const std::string file = saved.string();
    check_same_training(config_of(load_checkpoint(file), file), config, file);
    trainer.resume(saved);
  }
  return trainer.run(observer, stop) != Trainer::Ending::interrupted;
}

/// Ranks the test images by the scores that a trained model gives them.
Ranking test_model(ImageModel model, const DetectionSettings& settings, const Dataset& test,
                   Index normal) {
  const std::vector<double> scores = image_scores(model, settings, test);
  std::vector<bool> defective;
  for (Index i = 0; i < test.size(); ++i) defective.push_back(test.label(i) != normal);
  return ranking(scores, defective);
}

}  // namespace

MeanAndDeviation mean_and_deviation(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  MeanAndDeviation result{.mean = std::accumulate(values.begin(), values.end(), 0.0) / count};
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.deviation = std::sqrt(squares / (count - 1));
  return result;
}

std::optional<std::vector<OneClassResult>> evaluate_one_class(const Config& config,
                                                              const OneClassOptions& options,
                                                              ThreadPool& pool,
                                                              OneClassObserver& observer,
                                                              const std::atomic<bool>& stop) {
  const DatasetPtr test = open_test_images(config.data, config.folder);
  if (!(corrupted_shape(config.corruptions, test->shape()) == test->shape())) {
    throw InputError(
        "one-class classification compares an image with its reconstruction, and this config's "
        "model enlarges images");
  }
  std::vector<OneClassResult> results = chosen_classes(config, options, *test);
  const Index runs = options.seeds * static_cast<Index>(results.size());
  Index number = 0;
  Config own = config;
  own.training.samples = 0;  // pictures of so many trainings nobody looks at
  for (OneClassResult& result : results) {
    own.data.classes.names = {std::to_string(result.label)};
    for (Index i = 0; i < options.seeds; ++i) {
      own.seed = config.seed + i;
      observer.on_run({.of = result, .seed = own.seed, .number = ++number, .runs = runs});
      const RunFolder folder(options.folder / fmt::format("class-{}", result.label) /
                             fmt::format("seed-{}", own.seed));
      if (!train_on(own, folder, pool, observer, stop)) return std::nullopt;
      const Ranking found =
          test_model({folder.path(), pool}, config.detection, *test, result.label);
      const nlohmann::ordered_json document{{"normal", result.label},
                                            {"images", test->size()},
                                            {"auroc", found.auroc},
                                            {"average_precision", found.average_precision}};
      write_text_file(folder.path() / "detection.json", document.dump(2) + "\n");
      result.auroc.push_back(found.auroc);
      observer.on_auroc(found.auroc);
    }
  }
  return results;
}

}  // namespace adjoint
