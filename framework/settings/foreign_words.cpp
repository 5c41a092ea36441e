#include "framework/settings/foreign_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace adjoint {
namespace {

/// A word in lower case without "_", "-" and spaces, and our name for it: a value, a key of several
/// tables, or the dotted path of a key that is in one place alone.
struct ForeignWord {
  std::string_view word;
  std::string_view name;
};

constexpr ForeignWord kWords[] = {
    // losses
    {"meansquarederror", "mse"},
    {"mseloss", "mse"},
    {"l2", "mse"},
    {"l2loss", "mse"},
    {"meanabsoluteerror", "mae"},
    {"l1", "mae"},
    {"l1loss", "mae"},
    {"smoothl1", "huber"},
    {"smoothl1loss", "huber"},
    {"bce", "binary_crossentropy"},
    {"bceloss", "binary_crossentropy"},
    {"bcewithlogitsloss", "binary_crossentropy"},
    {"crossentropy", "binary_crossentropy"},
    {"msssim", "ms_ssim"},
    // schedules
    {"cosineannealing", "cosine"},
    {"cosineannealinglr", "cosine"},
    {"cosinedecay", "cosine"},
    {"exponentiallr", "exponential"},
    {"exponentialdecay", "exponential"},
    {"multisteplr", "milestones"},
    {"onecyclelr", "one_cycle"},
    {"plateau", "reduce_on_plateau"},
    {"reducelronplateau", "reduce_on_plateau"},
    {"steplr", "step"},
    {"gamma", "factor"},
    {"milestones", "epochs"},
    {"stepsize", "every"},
    {"tmax", "epochs"},
    {"warmup", "warmup_epochs"},
    // layers
    {"avgpool2d", "AveragePooling2D"},
    {"batchnorm", "BatchNormalization"},
    {"batchnorm2d", "BatchNormalization"},
    {"convtranspose2d", "Conv2DTranspose"},
    {"deconv2d", "Conv2DTranspose"},
    {"dropout2d", "SpatialDropout2D"},
    {"groupnorm", "GroupNormalization"},
    {"layernorm", "LayerNormalization"},
    {"linear", "Dense"},
    {"maxpool2d", "MaxPooling2D"},
    {"pixelshuffle", "DepthToSpace"},
    {"leakyrelu", "Activation"},
    {"relu", "Activation"},
    {"sigmoid", "Activation"},
    {"tanh", "Activation"},
    {"upsample", "UpSampling2D"},
    // keys of layers
    {"bias", "use_bias"},
    {"dilation", "dilation_rate"},
    {"eps", "epsilon"},
    {"kernel", "kernel_size"},
    {"kernelshape", "kernel_size"},
    {"numgroups", "groups"},
    {"outchannels", "filters"},
    {"channels", "filters"},
    {"outfeatures", "units"},
    {"pad", "padding"},
    {"scalefactor", "size"},
    {"shape", "input"},
    {"std", "stddev"},
    {"stride", "strides"},
    {"upscalefactor", "block_size"},
    // corruptions
    {"noise", "sigma"},
    {"noiselevel", "sigma"},
    {"std", "sigma"},
    {"stddev", "sigma"},
    // the rest of a config
    {"alpha", "rho"},
    {"beta1", "beta_1"},
    {"beta2", "beta_2"},
    {"betas", "beta_1"},
    {"clipnorm", "optimizer.global_clipnorm"},
    {"cliprange", "optimizer.clipvalue"},
    {"ema", "optimizer.use_ema"},
    {"gradclip", "optimizer.global_clipnorm"},
    {"learningrate", "optimizer.learning_rate"},
    {"lr", "optimizer.learning_rate"},
    {"lrscheduler", "optimizer.schedule"},
    {"maxnorm", "optimizer.global_clipnorm"},
    {"scheduler", "optimizer.schedule"},
    {"batch", "training.batch_size"},
    {"batchsize", "training.batch_size"},
    {"earlystopping", "training.patience"},
    {"epochs", "training.epochs"},
    {"maxepochs", "training.epochs"},
    {"mixedprecision", "training.precision"},
    {"numepochs", "training.epochs"},
    {"patience", "training.patience"},
    {"dataset", "data.source"},
    {"directory", "data.path"},
    {"folder", "data.path"},
    {"numworkers", "--threads"},
    {"randomstate", "seed"},
    {"root", "data.path"},
    {"testsize", "data.validation"},
    {"validationsplit", "data.validation"},
    {"crop", "augmentation.random_crop"},
    {"fliplr", "augmentation.flip_horizontal"},
    {"flipud", "augmentation.flip_vertical"},
    {"horizontalflip", "augmentation.flip_horizontal"},
    {"hflip", "augmentation.flip_horizontal"},
    {"randomhorizontalflip", "augmentation.flip_horizontal"},
    {"randomrotation", "augmentation.rotate90"},
    {"rotate", "augmentation.rotate90"},
    {"rotation", "augmentation.rotate90"},
    {"rotationrange", "augmentation.rotate90"},
    {"verticalflip", "augmentation.flip_vertical"},
    {"vflip", "augmentation.flip_vertical"},
};

std::string plain(std::string_view word) {
  std::string plain;
  for (const char c : word) {
    if (c != '_' && c != '-' && c != ' ')
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

}  // namespace

std::string own_name(std::string_view word, std::span<const std::string> names) {
  const std::string wanted = plain(word);
  for (const ForeignWord& known : kWords) {
    if (known.word != wanted) continue;
    const std::string name(known.name.substr(known.name.rfind('.') + 1));
    if (std::ranges::find(names, name) != names.end()) return name;
  }
  return "";
}

std::string other_place(std::string_view word) {
  const std::string wanted = plain(word);
  for (const ForeignWord& known : kWords) {
    const bool is_place = known.name.find_first_of(".-") != std::string_view::npos;
    if (known.word == wanted && is_place) return fmt::format("; it is {} here;", known.name);
  }
  return "";
}

}  // namespace adjoint
