#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "train/data/noise_report.hpp"
#include "train/new_config/new_config.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kMostShown = 10;
constexpr std::size_t kColumns = 100;
constexpr double kNoticed = 5;  // seconds

std::string size_text(const Extent2& size) {
  return fmt::format("{}x{}", size.h, size.w);
}

std::vector<int> depths(const ImageSurvey& survey) {
  std::vector<int> bits;
  for (const auto& [depth, images] : survey.bits) bits.push_back(depth);
  return bits;
}

}  // namespace

std::string images_line(const ImageSurvey& survey) {
  std::vector<std::string> formats;
  for (const auto& [format, files] : survey.formats)
    formats.push_back(fmt::format("{} {}", files, format.empty() ? "other" : format));
  const auto one = static_cast<Index>(survey.files.size()) == 1;
  std::string text = fmt::format("{} file{}", fmt::join(formats, ", "), one ? "" : "s");
  if (survey.stacks > 0) text += fmt::format(" with {} pages", survey.images);
  text += survey.one_size() ? fmt::format(" of {} pixels", size_text(survey.least))
                            : fmt::format(" of {} to {} pixels", size_text(survey.least),
                                          size_text(survey.largest));
  text += survey.coloured == 0              ? ", gray"
          : survey.coloured < survey.images ? fmt::format(", {} in colour", survey.coloured)
          : survey.in_colour()              ? ", colour"
                                            : ", gray stored as colour";
  return text + fmt::format(", {} bits", fmt::join(depths(survey), " and "));
}

std::string noise_line(const ImageSurvey& survey) {
  if (!survey.noise) return "not measured: no image has 8x8 pixels that differ";
  if (survey.noise->clipped) return "cannot be told: clipping at black and white has cut it";
  const double sigma = survey.noise->sigma.median;
  if (survey.noise->none()) return fmt::format("hardly any (sigma {:.4f})", sigma);
  return fmt::format("sigma {:.3f} ({:.0f} of 255), {}", sigma, 255 * sigma,
                     survey.noise->correlated ? "shared by neighbouring pixels, or fine texture"
                                              : "independent from pixel to pixel");
}

std::string rough_duration(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} seconds", std::max(1.0, seconds));
  if (seconds < 90 * 60) return fmt::format("{:.0f} minutes", seconds / 60);
  return fmt::format("{:.1f} hours", seconds / 3600);
}

std::string new_config_report(const NewConfig& made, const std::filesystem::path& config) {
  const ImageSurvey& survey = made.survey;
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<10}{}\n", name, value);
  };
  line("images", images_line(survey));
  if (made.pairs) {
    line("", fmt::format("two folders of the same images: {} and {}", made.pairs->clean,
                         made.pairs->noisy));
  }
  if (survey.classes > 0)
    line("", fmt::format("in {} folders, one for each class", survey.classes));
  if (const auto files = static_cast<Index>(survey.files.size()); survey.decoded < files) {
    line("", fmt::format("of {} files the pixels were read, of the others the heads alone",
                         survey.decoded));
  }
  if (!survey.broken.empty()) {
    line("broken", fmt::format("{} file{} cannot be read and {} left out (data.exclude):",
                               survey.broken.size(), survey.broken.size() == 1 ? "" : "s",
                               survey.broken.size() == 1 ? "is" : "are"));
    for (std::size_t i = 0; i < std::min(kMostShown, survey.broken.size()); ++i)
      line("", "  " + survey.broken[i].reason);
    if (survey.broken.size() > kMostShown)
      line("", fmt::format("  and {} more", survey.broken.size() - kMostShown));
  }
  if (!survey.not_read.empty()) {
    line("not read",
         fmt::format("{} other entr{} of the folder, such as {}", survey.not_read.size(),
                     survey.not_read.size() == 1 ? "y" : "ies", survey.not_read.front()));
  }
  line("noise", noise_line(survey));
  std::string_view name = "chosen";
  for (const std::string& reason : made.choice.reasons) {
    std::string_view mark = "- ";
    for (const std::string& one : wrapped(reason, kColumns)) {
      line(name, fmt::format("{}{}", mark, one));
      name = "";
      mark = "  ";
    }
  }
  line("model", fmt::format("{} of width {}: {} parameters", made.choice.preset, made.frame.width,
                            made.time.parameters));
  line("training",
       fmt::format("{} epochs of {} steps; {:.3g} s a step ({} measured, {} thread{}): about {}",
                   made.frame.epochs, made.time.batches, made.time.step, made.time.steps,
                   made.threads, made.threads == 1 ? "" : "s",
                   rough_duration(made.training_time())));
  if (made.reading_time() > kNoticed) {
    line("", fmt::format("of which {} are for reading the images once",
                         rough_duration(made.reading_time())));
  }
  line("config", config.string());
  text += "\nnext:\n";
  for (const std::string& command : made.commands) text += "  " + command + "\n";
  return text;
}

nlohmann::ordered_json new_config_json(const NewConfig& made, const std::filesystem::path& config) {
  const ImageSurvey& survey = made.survey;
  const ConfigChoice& choice = made.choice;
  using Json = nlohmann::ordered_json;
  const auto size = [](const Extent2& of) { return Json{of.h, of.w}; };
  Json broken = Json::array();
  for (const BrokenFile& file : survey.broken)
    broken.push_back({{"file", file.file.string()}, {"reason", file.reason}});
  Json found{{"files", survey.files.size()},
             {"images", survey.images},
             {"decoded_files", survey.decoded},
             {"stacks", survey.stacks},
             {"classes", survey.classes},
             {"least_size", size(survey.least)},
             {"largest_size", size(survey.largest)},
             {"formats", survey.formats},
             {"bits", depths(survey)},
             {"coloured", survey.coloured},
             {"in_colour", survey.in_colour()},
             {"white", nullptr},
             {"broken", broken},
             {"not_read", survey.not_read},
             {"noise", noise_json(survey.noise)}};
  if (survey.white) found["white"] = *survey.white;
  Json settings = Json::object();
  for (const auto& [key, value] : choice.settings) settings[key] = value;
  Json chosen{{"preset", choice.preset},
              {"width", made.frame.width},
              {"settings", settings},
              {"channels", choice.channels},
              {"patches", choice.patches},
              {"patches_per_image", choice.patches_per_image},
              {"exclude", choice.exclude},
              {"limit", choice.limit},
              {"cache_mb", choice.cache_mb},
              {"validation", choice.validation},
              {"batch_size", choice.batch_size},
              {"epochs", made.frame.epochs},
              {"reasons", choice.reasons}};
  if (made.pairs)
    chosen["pairs"] = {{"clean", made.pairs->clean},
                       {"noisy", made.pairs->noisy},
                       {"both_noisy", made.pairs->both_noisy}};
  return {{"task", name_of(choice.task)},
          {"config", config.string()},
          {"found", found},
          {"chosen", chosen},
          {"time",
           {{"threads", made.threads},
            {"steps_measured", made.time.steps},
            {"step_seconds", made.time.step},
            {"steps_an_epoch", made.time.batches},
            {"parameters", made.time.parameters},
            {"training_seconds", made.training_time()}}},
          {"next", made.commands}};
}

}  // namespace adjoint
