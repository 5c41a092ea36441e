#include "train/new_config/config_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "models/config/config_text.hpp"
#include "models/config/value_text.hpp"
#include "models/model_spec.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kCommentColumn = 36;
// From so many steps on, an average over a thousand is settled long before the end.
constexpr Index kManySteps = 10'000;

/// A line of a table, with a comment behind it; comments stand below each other.
std::string line(const std::string& setting, std::string_view comment = "") {
  if (comment.empty()) return setting + "\n";
  const std::string gap(setting.size() < kCommentColumn ? kCommentColumn - setting.size() : 1, ' ');
  return fmt::format("{}{}# {}\n", setting, gap, comment);
}

std::string text_value(const std::string& text) {
  return to_toml(ConfigValue(text));
}

std::string text_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text_value(text);
  return "[" + list + "]";
}

std::string data(const ConfigChoice& choice, const ConfigFrame& frame) {
  const bool pairs = !frame.noisy_path.empty();
  std::string text = "\n[data]\n";
  text += line(fmt::format("source = \"{}\"", pairs ? "pairs" : "images"));
  text += line("path = " + text_value(frame.path), "absolute, or beside this file");
  if (pairs) text += line("noisy_path = " + text_value(frame.noisy_path));
  if (!choice.exclude.empty()) {
    text += line(
        "exclude = " + text_list(choice.exclude),
        choice.excluded_small > 0 ? "broken files, and images that are too small" : "broken files");
  }
  text += line(fmt::format("channels = \"{}\"", choice.channels == 3 ? "rgb" : "gray"));
  if (choice.white)
    text +=
        line(fmt::format("white = {:.6g}", *choice.white), "the stored number that means white");
  if (choice.patches > 0) {
    text +=
        line(fmt::format("patches = {}", choice.patches), "random squares, new ones each epoch");
    text += line(fmt::format("patches_per_image = {}", choice.patches_per_image));
  }
  if (choice.limit > 0)
    text += line(fmt::format("limit = {}", choice.limit),
                 "images: decoded, more would fill the memory");
  if (choice.cache_mb > 0)
    text += line(fmt::format("cache_mb = {}", choice.cache_mb), "decoded images stay in memory");
  text += line(fmt::format("validation = {}", choice.validation),
               choice.validation == 0           ? "one image alone: none is held out"
               : choice.task == NewTask::detect ? "images held out, which calibrate the threshold"
                                                : "the share of the images that is held out");
  return text;
}

std::string augmentation(const ConfigChoice& choice) {
  if (choice.turns) return "\n[augmentation]\nflip_horizontal = true\nrotate90 = true\n";
  if (choice.flips) {
    return "\n[augmentation]\n" +
           line("flip_horizontal = true", "leave out where left and right are not alike") +
           line("flip_vertical = true");
  }
  return "";
}

std::string corruption(const ConfigChoice& choice) {
  switch (choice.lesson) {
    case Lesson::added_noise:
      return "\n" + line("[[corruption]]", "the model sees this; the target stays clean") +
             line("kind = \"gaussian\"") +
             line(fmt::format("sigma = [0.0, {}]", choice.sigma),
                  fmt::format("strengths from 0 to {:.0f} of 255", 255 * choice.sigma));
    case Lesson::hidden_cells:
      return "\n" + line("[[corruption]]", "a third of each image is hidden, and to be filled in") +
             line("kind = \"mask\"") + line("shape = \"cells\"") + line("fraction = 0.3333") +
             line(fmt::format("cell_sizes = [{}]", fmt::join(choice.cells, ", ")),
                  "pixels: about the size of small defects");
    case Lesson::made_small:
      return "\n" + line("[[corruption]]") + line("kind = \"downsample\"") + line("factor = 2") +
             line("keep_size = false", "the model sees half the size and restores the whole");
    case Lesson::noisy_pairs:
    case Lesson::noise2noise:
    case Lesson::noise2void:
    case Lesson::itself:
      break;
  }
  return "";
}

/// Collects the names of the keys that must be given.
class RequiredKeys final : public Keys {
 public:
  bool has(const std::string& name) const { return names_.contains(name); }

 private:
  void visit(const Field& field) override {
    if (field.required) names_.emplace(field.name);
  }
  void visit_table(std::string_view, std::string_view, const std::function<void(Keys&)>&) override {
  }
  void visit_tables(std::string_view, std::string_view, std::size_t,
                    const std::function<void(std::size_t)>&,
                    const std::function<void(std::size_t, Keys&)>&) override {}
  std::set<std::string> names_;
};

/// The lines of a layer that say something: those that are not the defaults of its type.
std::string layer_text(const LayerSpec& layer) {
  LayerSpec plain;
  plain.name = layer.name;
  plain.type = layer.type;
  RequiredKeys required;
  plain.keys(required);
  const std::string usual = "\n" + write_config(plain);
  std::string text = "\n[[model.layer]]\n";
  std::istringstream lines(write_config(layer));
  for (std::string one; std::getline(lines, one);) {
    const std::string key = one.substr(0, one.find(' '));
    const bool always = key == "name" || required.has(key);
    if (always || usual.find("\n" + one + "\n") == std::string::npos) text += one + "\n";
  }
  return text;
}

std::string preset_lines(const ConfigChoice& choice, const ConfigFrame& frame) {
  std::string text =
      line(fmt::format("preset = \"{}\"", choice.preset), "`adjoint inspect` shows its layers");
  text += line(fmt::format("width = {}", frame.width), "more filters: better and slower");
  for (const auto& [key, value] : choice.settings) {
    const std::string comment = key == "blind"      ? "for noise of unknown strength"
                                : key == "residual" ? "hands over no pixel, as noise2void needs it"
                                : key == "code"     ? "channels of the code"
                                                    : "";
    text += line(key + " = " + value, comment);
  }
  return text;
}

std::string model(const ConfigChoice& choice, const ConfigFrame& frame) {
  const std::string input = fmt::format("[0, 0, {}]", choice.channels);
  std::string text = "\n[model]\n" + line("input = " + input, "height, width, channels; 0: any");
  const std::string preset = preset_lines(choice, frame);
  if (!frame.expand) return text + preset;
  ModelSpec spec;
  parse_config("input = " + input + "\n" + preset, "the preset", {}, spec);
  text += line("latent = " + text_value(spec.latent));
  for (const LayerSpec& layer : spec.layers) text += layer_text(layer);
  return text;
}

std::string training(const ConfigChoice& choice, const ConfigFrame& frame) {
  std::string text = fmt::format("\n[loss]\nkind = \"{}\"\n", choice.loss);
  text += "\n[optimizer]\nkind = \"adam\"\n";
  text += line(fmt::format("learning_rate = {}", choice.learning_rate));
  text += line("use_ema = true", "validates and keeps an average of the weights");
  text += line(fmt::format("ema_momentum = {}", frame.steps >= kManySteps ? 0.999 : 0.99));
  text += "\n[optimizer.schedule]\nkind = \"cosine\"\n";
  text += "\n[training]\n" + line(fmt::format("epochs = {}", frame.epochs));
  text += line(fmt::format("batch_size = {}", choice.batch_size)) + line("samples = 4");
  if (choice.lesson == Lesson::noise2noise) text += line("target = \"noise2noise\"");
  if (choice.lesson == Lesson::noise2void) {
    text += line("target = \"noise2void\"", "docs/without-clean-images.md");
    text += "\n[training.blind_spots]\nshare = 0.05\nreplace = \"median\"\n";
  }
  return text;
}

std::string detection(const ConfigChoice& choice) {
  if (choice.task != NewTask::detect) return "";
  return "\n" + line("[detection]", "docs/detect.md has the keys") +
         line(fmt::format("hidden_cells = [{}]", fmt::join(choice.cells, ", ")),
              "every cell is hidden in turns") +
         line("difference = \"any\"", "or \"darker\", \"brighter\", where you know it") +
         line(fmt::format("margin = {}", choice.margin),
              "pixels along the border, of which too little is around") +
         line("smoothing = 2.0") +
         line("local_scale = 16.0", "a coarse texture costs no more than a smooth one") +
         line("score = \"max\"", "a defect is small") +
         line(fmt::format("false_alarms = {}", choice.false_alarms),
              "share of good images that may be flagged");
}

}  // namespace

bool is_config_text(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::vector<std::string> wrapped(const std::string& sentence, std::size_t most) {
  std::vector<std::string> lines(1);
  std::istringstream words(sentence);
  for (std::string word; words >> word;) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > most) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

std::string config_text(const ConfigChoice& choice, const ConfigFrame& frame) {
  std::string text;
  for (const std::string& one : frame.head) text += one.empty() ? "#\n" : "# " + one + "\n";
  text += fmt::format("\nname = {}\nseed = 1\n", text_value(frame.name));
  return text + data(choice, frame) + corruption(choice) + augmentation(choice) +
         model(choice, frame) + training(choice, frame) + detection(choice);
}

}  // namespace adjoint
