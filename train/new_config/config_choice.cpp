#include "train/new_config/config_choice.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "framework/tensor/error.hpp"
#include "train/new_config/config_text.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr Index kPatch = 64;  // what the shipped configs train on
constexpr Index kLeastPatch = 8;
constexpr Index kIcon = 96;  // images of one size up to this are taken whole
constexpr Index kSamplesAnEpoch = 3200;
constexpr Index kMostPatches = 512;     // of one image, in an epoch
constexpr std::size_t kMostNamed = 50;  // files that a config names to leave them out
constexpr double kBlindSigma = 0.2;     // strengths up to 51 of 255
constexpr Index kCalibrating = 19;      // images for a false-positive rate of 1 in 20

/// The pattern by which data.exclude knows a file. A config is UTF-8, names of files are any bytes.
std::string excluded_name(const fs::path& file, const ImageSurvey& survey) {
  const std::string name = file.filename().string();
  const std::string place =
      survey.classes == 0 ? name : (file.parent_path().filename() / name).string();
  const bool holds_any = is_config_text(place);
  std::string pattern;
  for (const char c : place) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += holds_any || static_cast<unsigned char>(c) < 0x80 ? c : '?';
  }
  return pattern;
}

class Chooser {
 public:
  Chooser(NewTask task, const ImageSurvey& survey, std::uint64_t memory)
      : survey_(survey), memory_(memory) {
    choice_.task = task;
  }

  ConfigChoice choose(const std::optional<PairedFolders>& pairs) {
    choice_.channels = survey_.in_colour() ? 3 : 1;
    choice_.white = survey_.white;
    for (const BrokenFile& file : survey_.broken)
      choice_.exclude.push_back(excluded_name(file.file, survey_));
    if (survey_.coloured > 0 && !survey_.in_colour())
      because("the colour images are gray: all three channels are the same");
    if (survey_.white) {
      because(
          fmt::format("white = {:.6g}: the numbers of the images do not fill their type's range",
                      *survey_.white));
    }
    choose_lesson(pairs);
    choose_samples();
    choose_memory();
    choose_model();
    return std::move(choice_);
  }

 private:
  void because(std::string sentence) { choice_.reasons.push_back(std::move(sentence)); }

  void choose_lesson(const std::optional<PairedFolders>& pairs) {
    switch (choice_.task) {
      case NewTask::denoise:
        if (pairs) return learn_from_pairs(*pairs);
        return learn_to_denoise();
      case NewTask::detect:
        choice_.lesson = Lesson::hidden_cells;
        because(
            "a u-net fills in hidden cells, so that a defect cannot be copied from what the model "
            "sees; all images are taken to be free of defects");
        because(
            "where you know that defects are darker (or brighter) than what surrounds them, say "
            "so: "
            "detection.difference decides much");
        return;
      case NewTask::super_resolution:
        choice_.lesson = Lesson::made_small;
        because("the model sees each image at half its size, and learns to restore the whole");
        break;
      case NewTask::reconstruct:
      case NewTask::compress:
        choice_.lesson = Lesson::itself;
        break;
    }
    if (is_noisy()) {
      because(
          fmt::format("the images are noisy (sigma {:.3f}), and so will be what the model learns "
                      "to make",
                      survey_.noise->sigma.median));
    }
  }

  /// Noise that neighbours share cannot be told from texture, and of small images little is flat.
  bool is_noisy() const { return survey_.is_noisy() && !(survey_.noise->correlated && is_icons()); }

  /// Small images of one size.
  bool is_icons() const {
    return survey_.one_size() && std::max(survey_.largest.h, survey_.largest.w) <= kIcon;
  }

  void learn_from_pairs(const PairedFolders& pairs) {
    choice_.lesson = pairs.both_noisy ? Lesson::noise2noise : Lesson::noisy_pairs;
    because(
        pairs.both_noisy
            ? fmt::format("noise2noise: {} and {} hold the same images, both noisy, and the model "
                          "learns what they have in common",
                          pairs.clean, pairs.noisy)
            : fmt::format("pairs: {} holds noisy versions of the images in {}", pairs.noisy,
                          pairs.clean));
  }

  void learn_to_denoise() {
    choice_.sigma = kBlindSigma;
    const std::string added = fmt::format(
        "noise of every strength up to {:.0f} of 255 is added to the images: ", 255 * kBlindSigma);
    if (!survey_.is_noisy()) {
      because(added +
              (survey_.noise && survey_.noise->clipped
                   ? "what they have of their own cannot be told, for clipping at black and "
                     "white has cut it"
               : survey_.noise ? "they have hardly any of their own"
                               : "what they have of their own could not be measured"));
      return;
    }
    const double sigma = survey_.noise->sigma.median;
    if (survey_.noise->correlated && is_icons()) {
      because(added +
              "they are taken to be clean, and what varies between neighbouring pixels to be "
              "fine texture, as small images have");
      return;
    }
    if (!survey_.noise->correlated) {
      choice_.lesson = Lesson::noise2void;
      because(
          fmt::format("noise2void: the images are noisy themselves (sigma {:.3f}, {:.0f} of 255), "
                      "independently from pixel to pixel, and no clean ones are known",
                      sigma, 255 * sigma));
      return;
    }
    because(fmt::format(
        "warning: the images have noise (or fine texture everywhere) of sigma {:.3f} that "
        "neighbouring pixels share. Noise2Void cannot remove such noise; the config adds noise and "
        "removes that. To remove their own, make pairs: see docs/without-clean-images.md",
        sigma));
  }

  /// Whole images, or patches of them, and how many in an epoch.
  void choose_samples() {
    const bool whole = is_icons() && choice_.task != NewTask::super_resolution;
    if (whole) {
      because(fmt::format("whole images: all have {}x{} pixels", survey_.least.h, survey_.least.w));
    } else {
      choose_patches();
    }
    const Index left = survey_.images - choice_.excluded_small;
    if (!whole) {
      const Index wanted = (kSamplesAnEpoch + left - 1) / left;
      choice_.patches_per_image = std::clamp<Index>(wanted, 1, kMostPatches);
    }
    if (left == 1) {
      choice_.validation = 0;
      because(
          "one image alone: nothing is held out, so that the best epoch is that of the lowest "
          "training loss");
    }
    if (choice_.task == NewTask::detect && left > 1) choose_calibration(left);
    choice_.samples = left * choice_.patches_per_image;
  }

  void choose_calibration(Index images) {
    choice_.validation = 0.25;
    const auto held_out =
        std::max<Index>(1, static_cast<Index>(0.25 * static_cast<double>(images)));
    if (held_out < kCalibrating)
      choice_.false_alarms = std::ceil(100.0 / static_cast<double>(held_out + 1)) / 100;
    because(
        fmt::format("a quarter of the images is held out and calibrates the threshold{}",
                    held_out < kCalibrating
                        ? fmt::format(": {} image{} allow no lower false-positive rate than {:.2f}",
                                      held_out, held_out == 1 ? "" : "s", choice_.false_alarms)
                        : ""));
  }

  void choose_patches() {
    std::vector<Index> sides;  // the shorter ones of the images
    for (const SurveyedFile& file : survey_.files)
      sides.push_back(std::min(file.size.h, file.size.w));
    std::ranges::sort(sides);
    const Index wanted = choice_.task == NewTask::super_resolution ? 96 : kPatch;
    // A few small ones may be left out, by name; many are not.
    const std::size_t few = std::min(kMostNamed, sides.size() / 5);
    Index patch = std::min(wanted, sides[few] / 8 * 8);
    if (sides.front() >= kLeastPatch && sides.front() * 2 >= patch)
      patch = std::min(patch, sides.front() / 8 * 8);
    if (patch < kLeastPatch) {
      throw InputError(
          "the images in '{}' are too small for a model: the shorter side of most is below {} "
          "pixels",
          survey_.folder.string(), kLeastPatch);
    }
    for (const SurveyedFile& file : survey_.files) {
      if (std::min(file.size.h, file.size.w) >= patch) continue;
      choice_.exclude.push_back(excluded_name(file.path, survey_));
      choice_.excluded_small += file.pages;
    }
    choice_.patches = patch;
    because(fmt::format(
        "random patches of {0}x{0} pixels: {1}{2}", patch,
        survey_.one_size() ? "the images are large" : "the images differ in size",
        choice_.excluded_small == 0
            ? ""
            : fmt::format(", and {} are smaller and left out", choice_.excluded_small)));
  }

  /// Decoded images are kept, or each patch would mean to decode a whole image.
  void choose_memory() {
    constexpr std::uint64_t kMegabyte = 1 << 20;
    constexpr std::uint64_t kDefault = 512;
    const std::uint64_t pair =
        choice_.lesson == Lesson::noisy_pairs || choice_.lesson == Lesson::noise2noise ? 2 : 1;
    const std::uint64_t needed = pair * survey_.cache_bytes * 21 / 20 / kMegabyte + 1;
    if (needed <= kDefault) return;
    const std::uint64_t most = std::max(kDefault, memory_ / 3 / kMegabyte);
    choice_.cache_mb = static_cast<Index>(std::min(needed, most));
    if (needed <= most) {
      because(fmt::format("cache_mb = {}: all images stay decoded in memory", choice_.cache_mb));
      return;
    }
    const double share = static_cast<double>(most) / static_cast<double>(needed);
    choice_.limit =
        std::max<Index>(2, static_cast<Index>(share * static_cast<double>(survey_.images)));
    choice_.samples = choice_.limit * choice_.patches_per_image;
    if (choice_.patches > 0) {
      choice_.patches_per_image =
          std::clamp<Index>((kSamplesAnEpoch + choice_.limit - 1) / choice_.limit, 1, kMostPatches);
      choice_.samples = choice_.limit * choice_.patches_per_image;
    }
    because(fmt::format("limit = {}: so many images fit decoded into a third of the memory",
                        choice_.limit));
  }

  void choose_model() {
    const Index side =
        choice_.patches > 0 ? choice_.patches : std::min(survey_.least.h, survey_.least.w);
    const bool small = side <= 40;
    choice_.batch_size = small ? 64 : 16;
    choice_.batch_size =
        std::min(choice_.batch_size, static_cast<Index>(std::bit_floor(static_cast<std::uint64_t>(
                                         std::max<Index>(1, choice_.samples / 8)))));
    const bool photographs = choice_.patches > 0;
    // The least side is halved as often as leaves 4 pixels.
    const auto halvings = [&](Index most) {
      return std::clamp<Index>(
          static_cast<Index>(std::bit_width(static_cast<std::uint64_t>(side / 4))) - 1, 1, most);
    };
    const auto set = [&](const char* key, auto value) {
      choice_.settings.emplace_back(key, fmt::format("{}", value));
    };
    switch (choice_.task) {
      case NewTask::denoise:
        choice_.preset = "denoiser";
        choice_.turns = photographs;
        if (choice_.lesson == Lesson::noise2void) {
          set("depth", halvings(2));
          set("residual", false);
          choice_.widths = {48, 32, 20};
          choice_.learning_rate = 1e-3;
        } else {
          set("depth", halvings(2));
          if (choice_.lesson == Lesson::added_noise) set("blind", true);
          choice_.widths = {28, 20, 12};
          choice_.good_steps = 6000;
          choice_.learning_rate = 4e-3;
        }
        return;
      case NewTask::detect:
        choice_.preset = "u-net";
        set("depth", halvings(3));
        choice_.flips = photographs;
        choice_.margin = photographs ? 8 : 0;
        choice_.cells = small ? std::vector<Index>{4, 8} : std::vector<Index>{8, 16};
        choice_.widths = {16, 12, 8};
        choice_.good_steps = 2500;
        choice_.learning_rate = 2e-3;
        choice_.batch_size = std::min<Index>(32, 2 * choice_.batch_size);
        return;
      case NewTask::super_resolution:
        choice_.preset = "super-resolution";
        set("factor", 2);
        choice_.turns = true;
        choice_.widths = {48, 32, 20};
        choice_.loss = "charbonnier";
        return;
      case NewTask::reconstruct:
      case NewTask::compress: {
        const bool compress = choice_.task == NewTask::compress;
        choice_.preset = "autoencoder";
        const Index depth = halvings(compress && !small ? 3 : 2);
        const Index code = (compress ? 8 : 16) * choice_.channels / (small ? 4 : 1);
        set("depth", depth);
        set("code", std::max<Index>(code, 2));
        choice_.turns = photographs;
        choice_.widths =
            compress && !small ? std::vector<Index>{32, 24, 16} : std::vector<Index>{48, 32, 16};
        choice_.learning_rate = 2e-3;
        because(fmt::format("autoencoder whose code holds 1 number for {:.0f} of the image",
                            static_cast<double>(choice_.channels << (2 * depth)) /
                                static_cast<double>(std::max<Index>(code, 2))));
        return;
      }
    }
  }

  const ImageSurvey& survey_;
  std::uint64_t memory_;
  ConfigChoice choice_;
};

}  // namespace

ConfigChoice choose_config(NewTask task, const ImageSurvey& survey,
                           const std::optional<PairedFolders>& pairs, std::uint64_t memory) {
  return Chooser(task, survey, memory).choose(pairs);
}

}  // namespace adjoint
