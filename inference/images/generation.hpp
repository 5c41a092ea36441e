#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inference/images/file_guard.hpp"
#include "inference/images/image_model.hpp"

namespace adjoint {

/// The node of a variational model's code: its latent layer, a Sampling layer. Throws InputError
/// for other models.
Index variational_latent(const Model& model);

/// Codes drawn from the normal distribution of mean 0 and standard deviation `temperature`: (count,
/// ...). Each is a function of the seed and of its number alone. `size` is that of the images;
/// unset: the model's. Throws InputError unless the model's latent layer is a Sampling layer, or if
/// it takes any size and none is given.
Tensor draw_codes(const ImageModel& model, std::optional<Extent2> size, Index count,
                  std::uint64_t seed, double temperature);

/// A grid of codes of two numbers, both at the quantiles (i + 0.5) / n, i = 0 ... n - 1, of the
/// normal distribution of mean 0 and standard deviation `temperature`: (n * n, ...) in rows of n.
/// The first number grows along a row, the second from row to row. Throws InputError like
/// draw_codes(), or if a code has not two numbers.
/// Source: Kingma & Welling, arXiv:1312.6114, figure 4.
Tensor latent_grid(const ImageModel& model, std::optional<Extent2> size, Index n,
                   double temperature);

/// Codes on the way from one to another, (...) each: (steps, ...), both ends included. Spherical:
/// at a constant angle from each other, as suits codes of a normal distribution, whose lengths
/// hardly differ; straight otherwise, and where the two point the same way or opposite ways.
Tensor interpolate(ConstView from, ConstView to, Index steps, bool spherical);

/// Throws InputError if write_images() could not write to `out`, as far as that is known before
/// there are images. The guard holds what is read.
void check_images_out(const std::string& out, FileGuard guard);

/// Writes images by the ending of `out`: an .npy or .h5 array, a folder of "<stem>-00000.png", or
/// one image file, in which several stand in rows of `columns`. The guard holds what was read.
void write_images(const std::string& out, const std::string& stem, ConstView images, Index columns,
                  FileGuard guard);

}  // namespace adjoint
