#include "train/run_samples.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "datasets/formats/image_file.hpp"
#include "datasets/loader.hpp"
#include "inference/report/blocks.hpp"
#include "inference/report/latent_section.hpp"
#include "train/latent_images.hpp"

namespace adjoint {
namespace {

using Json = Page::Json;

// Pictures in a page, and pixels of each: some 2 MB at most.
constexpr std::size_t kMostEpochs = 24;
constexpr Index kSamplePixels = Index{1} << 19;
constexpr Index kSignals = 4;
constexpr std::size_t kSignalLength = 512;  // shown of each
// More dots hide each other, and large images take their time.
constexpr Index kLatentImages = 400, kLatentNumbers = Index{1} << 23;

/// All epochs, or some that are spread evenly, with the first, the last and the best one.
std::vector<Index> chosen_epochs(const std::vector<Index>& all, Index best) {
  if (all.size() <= kMostEpochs) return all;
  std::set<Index> chosen;
  for (std::size_t i = 0; i < kMostEpochs - 1; ++i)
    chosen.insert(all[i * (all.size() - 1) / (kMostEpochs - 2)]);
  if (std::ranges::find(all, best) != all.end()) chosen.insert(best);
  return {chosen.begin(), chosen.end()};
}

Json pictures_block(const RunSummary& run, const std::vector<Index>& epochs, EpochPictures& read) {
  const RunFolder folder(run.folder);
  Json list = Json::array();
  Index width = 0, height = 0;
  for (const Index epoch : chosen_epochs(epochs, run.progress.best_epoch)) {
    if (!read.contains(epoch)) {
      const Tensor pixels = read_image(folder.picture(epoch)).pixels;
      read[epoch] = page_picture(view(pixels), kSamplePixels);
    }
    const PagePicture& picture = read.at(epoch);
    width = picture.width;
    height = picture.height;
    list.push_back({{"epoch", epoch},
                    {"uri", picture.uri},
                    {"note", epoch == run.progress.best_epoch ? "best" : ""}});
  }
  return {{"kind", "samples"},
          {"names", picture_columns(run)},
          {"epochs", std::move(list)},
          {"width", width},
          {"height", height}};
}

/// The numbers of one signal: of its first channel.
std::vector<double> numbers_of(ConstView signal) {
  const Index channels = signal.shape.back();
  std::vector<double> numbers;
  for (Index i = 0; i < signal.size(); i += channels) numbers.push_back(signal[i]);
  return numbers;
}

Json signals_block(const RunSummary& run, ImageModel& model, ThreadPool& pool) {
  const auto seed = static_cast<std::uint64_t>(run.config.seed);
  const Split split = open_split(run.config.data, seed, run.config.folder);
  const DatasetPtr& data = split.validation ? split.validation : split.train;
  Loader loader(data, run.config.corruptions,
                {.batch_size = std::min(kSignals, data->size()),
                 .seed = seed,
                 .shuffle = false,
                 .augmentation = run.config.augmentation,
                 .threads = pool.size()});
  loader.start(0);
  const Batch& batch = *loader.next();
  const Tensor outputs = model.reconstruct(batch.input);
  std::vector<LineChart> charts;
  for (Index i = 0; i < batch.count(); ++i) {
    const auto signal = [&](ConstView all) { return numbers_of(all.slice(i, 1)); };
    LineChart chart{
        .title = fmt::format("signal {}", i + 1), .x = "sample", .whole = true, .plain = true};
    chart.lines = {{"output", signal(view(outputs))}, {"target", signal(batch.target)}};
    if (run.has_corrupted_input()) chart.lines.push_back({"input", signal(batch.input)});
    const std::size_t whole = chart.lines.front().values.size();
    if (whole > kSignalLength)
      chart.title += fmt::format(": the first {} of {} samples", kSignalLength, whole);
    chart.at.resize(std::min(whole, kSignalLength));
    std::iota(chart.at.begin(), chart.at.end(), 0.0);
    // Another size of input, as a model that enlarges takes, has no place on this axis.
    std::erase_if(chart.lines, [&](const auto& line) { return line.values.size() != whole; });
    for (LineChart::Line& line : chart.lines) line.values.resize(chart.at.size());
    charts.push_back(std::move(chart));
  }
  return blocks::charts(charts);
}

}  // namespace

std::vector<std::string> picture_columns(const RunSummary& run) {
  if (run.has_corrupted_input()) return {"input", "output", "target"};
  return {"output", "target"};
}

std::optional<std::filesystem::path> best_picture(const RunSummary& run) {
  const RunFolder folder(run.folder);
  const std::vector<Index> epochs = folder.picture_epochs();
  if (epochs.empty()) return std::nullopt;
  const bool kept = std::ranges::find(epochs, run.progress.best_epoch) != epochs.end();
  return folder.picture(kept ? run.progress.best_epoch : epochs.back());
}

void add_samples(Page& page, const RunSummary& run, ImageModel* model, ThreadPool& pool) {
  if (!model || model->trained().as_trained().input_shape()[0] != 1) {
    EpochPictures read;
    add_epoch_pictures(page, run, read);
    return;
  }
  page.add_section("Samples",
                   {blocks::text("Validation signals with the weights of the best epoch."),
                    signals_block(run, *model, pool)});
}

void add_epoch_pictures(Page& page, const RunSummary& run, EpochPictures& read) {
  const std::vector<Index> epochs = RunFolder(run.folder).picture_epochs();
  if (epochs.empty()) return;
  page.add_section("Samples",
                   {blocks::text(fmt::format(
                        "Validation images, a row each: {}. The slider goes through the epochs.",
                        fmt::join(picture_columns(run), ", "))),
                    pictures_block(run, epochs, read)});
}

void add_latent_space(Page& page, ImageModel& model, ThreadPool& pool) {
  const Index latent = model.model().latent();
  if (latent < 0) return;
  const LatentImages images = latent_validation_images(model, pool, kLatentImages, kLatentNumbers);
  add_latent(page, model.model().nodes()[static_cast<std::size_t>(latent)].name,
             report_latent(images), images);
}

}  // namespace adjoint
