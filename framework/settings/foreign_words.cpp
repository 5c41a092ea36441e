#include "framework/settings/foreign_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace adjoint {
namespace {

/// Our name for something (a value, a key of several tables, or the dotted path of a key that is in
/// one place alone) and the words for it of others, in lower case without "_", "-" and spaces.
struct ForeignWords {
  std::string_view name;
  std::string_view words;
};

constexpr ForeignWords kNames[] = {
    // losses
    {"mse", "meansquarederror mseloss l2 l2loss"},
    {"mae", "meanabsoluteerror l1 l1loss"},
    {"huber", "smoothl1 smoothl1loss"},
    {"binary_crossentropy", "bce bceloss bcewithlogitsloss crossentropy"},
    {"ms_ssim", "msssim"},
    // schedules
    {"cosine", "cosineannealing cosineannealinglr cosinedecay"},
    {"exponential", "exponentiallr exponentialdecay"},
    {"milestones", "multisteplr"},
    {"one_cycle", "onecyclelr"},
    {"reduce_on_plateau", "plateau reducelronplateau"},
    {"step", "steplr"},
    {"factor", "gamma"},
    {"epochs", "milestones tmax"},
    {"every", "stepsize"},
    {"warmup_epochs", "warmup"},
    // layers
    {"AveragePooling2D", "avgpool2d"},
    {"BatchNormalization", "batchnorm batchnorm2d"},
    {"Conv2DTranspose", "convtranspose2d deconv2d"},
    {"SpatialDropout2D", "dropout2d"},
    {"GroupNormalization", "groupnorm"},
    {"LayerNormalization", "layernorm"},
    {"Dense", "linear"},
    {"MaxPooling2D", "maxpool2d"},
    {"DepthToSpace", "pixelshuffle"},
    {"SpaceToDepth", "pixelunshuffle"},
    {"Activation", "leakyrelu relu sigmoid tanh"},
    {"UpSampling2D", "upsample"},
    // presets
    {"variational", "vae betavae"},
    {"denoiser", "dncnn drunet"},
    {"red-net", "red rednet30"},
    {"super-resolution", "superres sr espcn"},
    {"width", "filters channels basefilters"},
    // keys of layers
    {"use_bias", "bias"},
    {"dilation_rate", "dilation"},
    {"epsilon", "eps"},
    {"kernel_size", "kernel kernelshape"},
    {"groups", "numgroups"},
    {"filters", "outchannels channels"},
    {"units", "outfeatures"},
    {"padding", "pad"},
    {"size", "scalefactor"},
    {"input", "shape"},
    {"stddev", "std"},
    {"strides", "stride"},
    {"block_size", "upscalefactor"},
    // corruptions
    {"sigma", "noise noiselevel std stddev"},
    // the rest of a config
    {"rho", "alpha"},
    {"beta_1", "beta1 betas"},
    {"beta_2", "beta2"},
    {"optimizer.global_clipnorm", "clipnorm gradclip maxnorm"},
    {"optimizer.clipvalue", "cliprange"},
    {"optimizer.use_ema", "ema"},
    {"optimizer.learning_rate", "learningrate lr"},
    {"optimizer.schedule", "lrscheduler scheduler"},
    {"training.batch_size", "batch batchsize"},
    {"training.patience", "earlystopping patience"},
    {"training.epochs", "epochs maxepochs numepochs"},
    {"a table of training.target = \"noise2void\"", "blindspots"},
    {"training.precision", "mixedprecision"},
    {"data.source", "dataset"},
    {"data.path", "directory folder root"},
    {"--threads", "numworkers"},
    {"seed", "randomstate"},
    {"data.validation", "testsize validationsplit"},
    {"augmentation.random_crop", "crop"},
    {"augmentation.flip_horizontal", "fliplr horizontalflip hflip randomhorizontalflip"},
    {"augmentation.flip_vertical", "flipud verticalflip vflip"},
    {"augmentation.rotate90", "randomrotation rotate rotation rotationrange"},
};

std::string plain(std::string_view word) {
  std::string plain;
  for (const char c : word) {
    if (c != '_' && c != '-' && c != ' ')
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

bool has_word(const ForeignWords& known, std::string_view word) {
  return fmt::format(" {} ", known.words).find(fmt::format(" {} ", word)) != std::string::npos;
}

}  // namespace

std::string own_name(std::string_view word, std::span<const std::string> names) {
  const std::string wanted = plain(word);
  for (const ForeignWords& known : kNames) {
    if (!has_word(known, wanted)) continue;
    const std::string name(known.name.substr(known.name.rfind('.') + 1));
    if (std::ranges::find(names, name) != names.end()) return name;
  }
  return "";
}

std::string other_place(std::string_view word) {
  const std::string wanted = plain(word);
  for (const ForeignWords& known : kNames) {
    const bool is_place = known.name.find_first_of(".-") != std::string_view::npos;
    if (is_place && has_word(known, wanted)) return fmt::format("; it is {} here;", known.name);
  }
  return "";
}

}  // namespace adjoint
