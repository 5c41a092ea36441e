#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/normalization.hpp"
#include "framework/graph/model.hpp"

namespace adjoint {

/// A Conv2DTranspose whose kernel is not a multiple of its stride: it adds more kernel taps to some
/// pixels than to others.
struct UnevenLayer {
  std::string name;
  Extent2 kernel, stride;
};

/// The pattern that strides leave in a model's output for a flat image.
struct Checkerboard {
  Extent2 stride;  // of the pattern: positions of the output that far apart are alike
  /// Root mean square of the pattern, over its positions and the channels, for the gray level at
  /// which it is largest; in units of the images' range.
  double score = 0;
  double gray_level = 0;
  std::vector<double> channels;  // the same of each channel, for that gray level
  std::vector<UnevenLayer> uneven_layers;
  /// Why there is no score; empty if there is one.
  std::string obstacle;
};

/// Gives a model constant images of gray levels 0, 1/4, ... 1, and takes the part of its output
/// that no border reaches, averages the blocks of stride x stride pixels in it, and measures how
/// far the pixels of that mean block are from their mean. Empty if the model's output is no image,
/// or has no stride. Source: Odena, Dumoulin & Olah, "Deconvolution and checkerboard artifacts"
/// (Distill, 2016, doi:10.23915/distill.00003), for where such patterns come from.
std::optional<Checkerboard> measure_checkerboard(const Model& model,
                                                 const Normalization& normalization = {});

}  // namespace adjoint
