#pragma once

#include <limits>

#include "framework/losses/loss.hpp"
#include "inference/images/image_model.hpp"

namespace adjoint {

/// log p(x) of a set of images, in nats an image, as a variational model estimates it.
struct LogLikelihood {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  Index images = 0;
  Index samples = 0;              // importance samples of each image
  double log_p = kUnknown;        // mean over the images
  double log_p_error = kUnknown;  // its standard error over the images; NaN for a single one
  double elbo = kUnknown;         // evidence lower bound, from the same samples
  double elbo_error = kUnknown;
};

/// The importance-weighted estimate of log p(x), a lower bound that K samples make tighter:
///
///     log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x),   z_k from the encoder's Gaussian q(z|x)
///
/// p(z) is standard normal, and p(x|z) Bernoulli, pixel by pixel: the negative of a summed binary
/// cross-entropy. The mean over k of the logarithms instead is the evidence lower bound, whatever
/// beta the model was trained with. What the encoder sees may differ from x, where images are
/// corrupted: q is a proposal, which any distribution may be.
///
/// An image's estimate is a function of the image, the model's seed and the image's number alone:
/// the same bits at any number of threads and ranks. Memory does not grow with K.
/// Source: Burda, Grosse & Salakhutdinov, arXiv:1509.00519, equation 8.
class LogLikelihoodEstimator {
 public:
  /// Model, loss and pool must outlive this object; samples >= 1. Throws InputError unless the
  /// model's one Sampling layer is its latent layer, without an activation, the loss is
  /// binary_crossentropy, and pixels are not normalized.
  LogLikelihoodEstimator(const ImageModel& model, const Loss& loss, Index samples,
                         ThreadPool& pool);
  ~LogLikelihoodEstimator();

  /// Adds an image: what the encoder sees, (1, h, w, c), x itself, (1, H, W, C), both in [0, 1],
  /// and its number among all images. Throws InputError if the model makes another shape than x's,
  /// or its decoder needs more than the code.
  void add(ConstView input, ConstView target, Index number);

  /// Collective: the means so far, over all ranks.
  LogLikelihood result(Ranks& ranks = alone()) const;

 private:
  struct Estimate {
    Index image = 0;  // its number
    double log_p = 0, elbo = 0;
  };
  struct Parts;  // of the model, for images of one size
  const ImageModel& model_;
  const Loss& loss_;
  Index samples_;
  ThreadPool& pool_;
  std::unique_ptr<Parts> parts_;
  std::vector<Estimate> estimates_;
};

}  // namespace adjoint
