#include "train/new_config/image_survey.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <mutex>
#include <set>

#include "datasets/folder.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/level_check.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kDecodingTime{10};
constexpr Index kNoiseFiles = 32;
constexpr std::size_t kStride =
    7919;  // a prime: steps of it reach every file, in any prefix evenly
constexpr double kClearlyCleaner = 0.5;

std::string ending_of(const fs::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending.empty() ? ending : ending.substr(1);
}

/// Whether the channels of some pixel differ; every pixel of a large image need not be asked.
bool shows_colours(const Tensor& pixels) {
  const auto count = static_cast<Index>(pixels.size()) / 3;
  const Index step = std::max<Index>(1, count / 100'000);
  for (Index i = 0; i < count; i += step) {
    const Real* pixel = pixels.data() + 3 * i;
    if (pixel[0] != pixel[1] || pixel[0] != pixel[2]) return true;
  }
  return false;
}

/// Collects what the files say; several threads look at one file each.
class Surveyor {
 public:
  explicit Surveyor(const fs::path& folder) : list_(list_images(folder)) {
    survey_.folder = folder;
  }

  ImageSurvey survey(ThreadPool& pool) {
    heads_.resize(list_.files.size());
    reasons_.resize(list_.files.size());
    const auto count = static_cast<Index>(list_.files.size());
    pool.run(count, [&](Index i, int) { read_head(static_cast<std::size_t>(i)); });
    const Clock::time_point end = Clock::now() + kDecodingTime;
    const std::size_t stride = list_.files.size() % kStride == 0 ? 1 : kStride;
    pool.run(count, [&](Index i, int) {
      if (i > 0 && Clock::now() > end) return;
      decode(static_cast<std::size_t>(i) * stride % list_.files.size());
    });
    sum_up();
    survey_.reading = survey_.decoded == 0 ? 0 : seconds_ / static_cast<double>(survey_.decoded);
    survey_.white = levels_.likely_white();
    survey_.classes = static_cast<Index>(list_.label_names.size());
    list_rest();
    measure_noise();
    return std::move(survey_);
  }

 private:
  void read_head(std::size_t i) {
    try {
      heads_[i] = image_pages(list_.files[i]);
    } catch (const InputError& error) {
      reasons_[i] = error.what();
    }
  }

  void decode(std::size_t i) {
    if (!reasons_[i].empty()) return;
    const Clock::time_point start = Clock::now();
    for (std::size_t page = 0; page < heads_[i].size(); ++page) {
      try {
        const Image image = read_image(list_.files[i], static_cast<Index>(page));
        const bool colours = heads_[i][page].channels == 3 && shows_colours(image.pixels);
        const std::lock_guard lock(mutex_);
        survey_.colours_differ = survey_.colours_differ || colours;
        levels_.add(view(image.pixels), {.bits = image.bits, .white = image.white});
      } catch (const InputError& error) {
        reasons_[i] = error.what();
        return;
      }
    }
    const std::lock_guard lock(mutex_);
    ++survey_.decoded;
    seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
  }

  void sum_up() {
    for (std::size_t i = 0; i < list_.files.size(); ++i) {
      if (!reasons_[i].empty()) {
        survey_.broken.push_back({list_.files[i], reasons_[i]});
        continue;
      }
      SurveyedFile file{.path = list_.files[i],
                        .pages = static_cast<Index>(heads_[i].size()),
                        .size = {heads_[i].front().height, heads_[i].front().width}};
      for (const ImageInfo& page : heads_[i]) add_page(page, file);
      ++survey_.formats[ending_of(file.path)];
      if (file.pages > 1) ++survey_.stacks;
      survey_.files.push_back(std::move(file));
    }
    if (survey_.images == 0) {
      throw InputError("none of the {} images in '{}' can be read; the first: {}",
                       list_.files.size(), survey_.folder.string(), survey_.broken.front().reason);
    }
  }

  void add_page(const ImageInfo& page, SurveyedFile& file) {
    const Extent2 size{page.height, page.width};
    const auto smaller = [](const Extent2& a, const Extent2& b) {
      return Extent2{std::min(a.h, b.h), std::min(a.w, b.w)};
    };
    file.size = smaller(file.size, size);
    if (survey_.images++ == 0) survey_.least = survey_.largest = size;
    survey_.least = smaller(survey_.least, size);
    survey_.largest = {std::max(survey_.largest.h, size.h), std::max(survey_.largest.w, size.w)};
    ++survey_.bits[page.bits];
    if (page.channels == 3) ++survey_.coloured;
    survey_.cache_bytes +=
        static_cast<std::uint64_t>(page.shape().size()) * (page.bits == 8 ? 1 : sizeof(float));
  }

  void list_rest() {
    if (!is_folder(survey_.folder) || survey_.classes > 0) return;
    const FolderContents contents = folder_contents(survey_.folder);
    for (const auto* list : {&contents.folders, &contents.others}) {
      for (const fs::path& path : *list) survey_.not_read.push_back(path.filename().string());
    }
  }

  void measure_noise() {
    ImageList sample;
    Extent2 least{};
    const auto count = static_cast<Index>(survey_.files.size());
    // Small images are measured many together.
    const Index most = survey_.largest.h * survey_.largest.w < 100 * 100 ? 4096 : kNoiseFiles;
    for (Index i = 0; i < std::min(most, count); ++i) {
      const SurveyedFile& file =
          survey_.files[static_cast<std::size_t>(i * count / std::min(most, count))];
      if (std::min(file.size.h, file.size.w) < kNoiseBlock) continue;
      sample.files.push_back(file.path);
      least = sample.files.size() == 1
                  ? file.size
                  : Extent2{std::min(least.h, file.size.h), std::min(least.w, file.size.w)};
    }
    if (sample.files.empty()) return;
    const ImageFolderSpec spec{.channels = survey_.in_colour() ? Colours::rgb : Colours::gray,
                               .patches = least,
                               .patches_per_image = 1,
                               .white = survey_.white.value_or(0)};
    try {
      survey_.noise =
          estimate_noise(ImageFolderDataset(std::move(sample), survey_.folder, spec, 0));
    } catch (const InputError&) {
      // A page that was not decoded before is broken: the noise is not known.
    }
  }

  ImageList list_;
  ImageSurvey survey_;
  std::vector<std::vector<ImageInfo>> heads_;
  std::vector<std::string> reasons_;  // why a file cannot be read; empty: it can
  std::mutex mutex_;
  double seconds_ = 0;  // that decoding took, of all threads together
  LevelCheck levels_;
};

std::set<std::string> stems(const FolderContents& contents) {
  std::set<std::string> names;
  for (const fs::path& file : contents.images) names.insert(file.stem().string());
  return names;
}

}  // namespace

ImageSurvey survey_images(const fs::path& folder, ThreadPool& pool) {
  return Surveyor(folder).survey(pool);
}

std::optional<PairedFolders> paired_folders(const fs::path& folder, ThreadPool& pool) {
  if (!is_folder(folder)) return std::nullopt;
  const FolderContents top = folder_contents(folder);
  if (!top.images.empty() || top.folders.size() != 2) return std::nullopt;
  const std::set<std::string> names = stems(folder_contents(top.folders[0]));
  if (names.empty() || names != stems(folder_contents(top.folders[1]))) return std::nullopt;
  ImageSurvey one = survey_images(top.folders[0], pool),
              other = survey_images(top.folders[1], pool);
  if (!one.is_noisy() && !other.is_noisy()) return std::nullopt;
  const auto sigma = [](const ImageSurvey& survey) {
    return survey.is_noisy() ? survey.noise->sigma.median : 0;
  };
  if (sigma(one) > sigma(other)) std::swap(one, other);
  return PairedFolders{.clean = one.folder.filename().string(),
                       .noisy = other.folder.filename().string(),
                       .both_noisy = sigma(one) > kClearlyCleaner * sigma(other),
                       .survey = std::move(one)};
}

}  // namespace adjoint
