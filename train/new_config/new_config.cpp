#include "train/new_config/new_config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>

#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "train/shell_text.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

// Fewer steps teach a model little; more hardly help.
constexpr Index kLeastSteps = 1500, kMostSteps = 60'000;
constexpr Index kMostEpochs = 500;
constexpr double kMeasuring = 0.005;               // of the training's time, for each width
constexpr std::uint64_t kManyBytes = 100'000'000;  // of decoded images
constexpr double kMuchMore = 1.2;
constexpr double kHopeless = 4;  // times: a first step is slower than others, for its memory is new
constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr std::size_t kLineOfComment = 126;

/// What a model of each task does.
constexpr std::array<std::string_view, 5> kAims{
    "removes noise", "reconstructs images through a small code", "finds defects",
    "compresses images to a small code", "doubles height and width of images"};

/// Bytes of memory of the machine, or of the container that it is.
std::uint64_t machine_memory() {
  auto memory = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  std::uint64_t limit = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit) memory = std::min(memory, limit);
  return memory;
}

/// A path as the config says it: relative where it is beside the config or below.
std::string data_path(const fs::path& path, const fs::path& config) {
  const fs::path here = fs::weakly_canonical(fs::absolute(path));
  const fs::path folder = fs::weakly_canonical(fs::absolute(config)).parent_path();
  const fs::path relative = here.lexically_relative(folder);
  const bool below = !relative.empty() && *relative.begin() != "..";
  const std::string text = (below ? relative : here).string();
  if (!is_config_text(text)) {
    throw InputError(
        "{}: the name is not UTF-8, and a config is; rename the folder, or make a link to it",
        path.string());
  }
  return text;
}

Index epochs_for(const StepTime& time, double seconds) {
  const auto up = [&](Index steps) { return (steps + time.batches - 1) / time.batches; };
  const Index most = std::clamp<Index>(up(kMostSteps), 2, kMostEpochs);
  const Index least = std::clamp<Index>(up(kLeastSteps), 2, most);
  return std::clamp(static_cast<Index>(seconds / time.epoch), least, most);
}

Config read_text(const std::string& text, const fs::path& config) {
  Config read;
  read.folder = fs::absolute(config).parent_path();
  read.names_folder = true;
  parse_config(text, config.string(), {}, read);
  return read;
}

/// The widest model that can take enough steps in the time, and its epochs.
void choose_width(NewConfig& made, const NewConfigRequest& request, ThreadPool& pool) {
  const double seconds = std::max(1.0, 60 * request.minutes - made.reading_time());
  std::optional<StepTimer> timer;
  for (const Index width : made.choice.widths) {
    const double most = seconds / static_cast<double>(made.choice.good_steps);  // for a step
    const bool narrowest = width == made.choice.widths.back();
    made.frame.width = width;
    const Config config = read_text(config_text(made.choice, made.frame), request.config);
    if (!timer) timer.emplace(config, pool);
    made.time = timer->measure(config, std::min(1.0, kMeasuring * seconds),
                               narrowest ? kForever : kHopeless * most);
    if (made.time.epoch / static_cast<double>(made.time.batches) <= most) break;
  }
  made.frame.epochs = epochs_for(made.time, seconds);
  made.frame.steps = made.frame.epochs * made.time.batches;
  if (made.training_time() > kMuchMore * 60 * request.minutes) {
    made.choice.reasons.push_back(fmt::format(
        "more time than the {:.4g} minutes of --minutes: fewer than {} steps teach a model "
        "little",
        request.minutes, kLeastSteps));
  }
}

/// The commands that run the model, on the images themselves; on one of them where all would take
/// long. Images to detect defects in are not known yet.
std::vector<std::string> next_commands(const NewConfig& made, const NewConfigRequest& request) {
  const std::string best = shell_argument("runs/" + made.frame.name + "/best.h5");
  const SurveyedFile& first = made.survey.files.front();
  const bool many = made.survey.cache_bytes > kManyBytes;
  std::vector<std::string> next{"adjoint train " + shell_argument(request.config.string())};
  const auto add = [&](const std::string& command, const std::string& rest) {
    next.push_back(fmt::format("adjoint {} {} {}", command, best, rest));
  };
  const auto run = [&](const std::string& command, const std::string& result,
                       const std::string& rest) {
    const fs::path all = made.pairs ? request.folder / made.pairs->noisy : request.folder;
    const fs::path one = made.pairs ? all / first.path.filename() : first.path;
    add(command, fmt::format("{} -o {}{}", shell_argument((many ? one : all).string()),
                             many ? result + ".png" : result, rest));
  };
  switch (request.task) {
    case NewTask::denoise:
      run("denoise", "denoised",
          made.choice.lesson == Lesson::added_noise ? " --noise 0.1 --grid compare.png" : "");
      break;
    case NewTask::reconstruct:
      run("reconstruct", "reconstructed", "");
      break;
    case NewTask::detect:
      add("detect", "new-images/ -o findings");
      break;
    case NewTask::compress: {
      const bool together = made.survey.one_size() && !many;
      const std::string images = (together ? request.folder : first.path).string();
      add("encode", shell_argument(images) + " -o codes.npz");
      add("decode", fmt::format("codes.npz -o decoded --size {}x{}", first.size.h, first.size.w));
      break;
    }
    case NewTask::super_resolution:
      run("upscale", "upscaled", "");
      break;
  }
  if (made.choice.validation > 0) add("evaluate", "--grid evaluated.png");
  return next;
}

}  // namespace

double NewConfig::reading_time() const {
  const double share = choice.limit == 0
                           ? 1
                           : static_cast<double>(choice.limit) / static_cast<double>(survey.images);
  const double sides = pairs ? 2 : 1;
  return sides * share * survey.reading * static_cast<double>(survey.files.size()) / threads;
}

NewConfig make_new_config(const NewConfigRequest& request, ThreadPool& pool) {
  NewConfig made;
  made.threads = pool.size();
  if (request.task == NewTask::denoise) made.pairs = paired_folders(request.folder, pool);
  made.survey = made.pairs ? made.pairs->survey : survey_images(request.folder, pool);
  made.choice = choose_config(request.task, made.survey, made.pairs, machine_memory());
  made.frame.name = request.config.stem().string();
  made.frame.expand = request.expand;
  if (made.pairs) {
    made.frame.path = data_path(request.folder / made.pairs->clean, request.config);
    made.frame.noisy_path = data_path(request.folder / made.pairs->noisy, request.config);
  } else {
    made.frame.path = data_path(request.folder, request.config);
  }
  choose_width(made, request, pool);
  made.commands = next_commands(made, request);
  std::vector<std::string>& head = made.frame.head;
  head = {fmt::format("A model that {}. Images: {}.",
                      kAims.at(static_cast<std::size_t>(request.task)), images_line(made.survey)),
          fmt::format("Noise of their own: {}.", noise_line(made.survey)),
          "Written by `adjoint new`: change what you like. docs/reference.md lists every key.", ""};
  for (const std::string& command : made.commands) head.push_back("    " + command);
  head.emplace_back();
  head.push_back(fmt::format(
      "{} steps in about {}, as measured on {} thread{}. Why so:", made.frame.steps,
      rough_duration(made.training_time()), made.threads, made.threads == 1 ? "" : "s"));
  for (const std::string& reason : made.choice.reasons) {
    std::string_view mark = "- ";
    for (const std::string& one : wrapped(reason, kLineOfComment)) {
      head.push_back(fmt::format("{}{}", mark, one));
      mark = "  ";
    }
  }
  made.text = config_text(made.choice, made.frame);
  return made;
}

}  // namespace adjoint
