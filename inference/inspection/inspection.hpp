#pragma once

// All that `adjoint inspect` finds out about a model; the report_*.hpp files show it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "inference/inspection/kernels/kernel_comparison.hpp"
#include "inference/inspection/kernels/pair_measures.hpp"
#include "inference/inspection/layers/checkerboard.hpp"
#include "inference/inspection/layers/layer_report.hpp"

namespace adjoint {

/// A kernel at one time.
struct KernelState {
  Tensor values;
  double norm = 0;                      // Frobenius
  std::vector<double> singular_values;  // of the matrix (kh * kw * image channels, features)
  double effective_rank = 0;
  Tensor frequencies;  // frequency_response()
  double mean_frequency = 0;
  IdleKernels idle;
};

/// The kernel of one convolution layer; `before` and `after` training.
struct KernelReport {
  std::string layer;
  Shape shape;  // (kh, kw, image channels / groups, feature channels)
  KernelState before, after;
  double change = 0;  // |after - before| / |before|
};

/// A Conv2D and the Conv2DTranspose that mirrors it, and how alike their kernels are.
struct PairReport {
  std::string convolution;
  std::string transpose;
  bool tied = false;
  Shape convolution_kernel;
  Shape transpose_kernel;
  /// Why the kernels cannot be compared one by one; empty if they can.
  std::string obstacle;
  /// Empty without weights.
  PairMeasures before, after;
  /// The same measures of random kernels; set where those of the pair are.
  ChanceLevel chance;
  std::optional<double> from_identity_by_chance;
  /// Epochs whose weights were given to add_epoch().
  struct Epoch {
    Index epoch = 0;
    PairMeasures measures;
  };
  std::vector<Epoch> epochs;
};

/// What `adjoint inspect` says about a model: layers, kernels and symmetric pairs.
struct Inspection {
  std::string name;
  std::string source;  // the file
  /// Whether the file is a checkpoint; else there are no weights and `kernels` is empty.
  bool trained = false;
  /// Whether the file holds the weights before training; else all that is called `before`, and
  /// `change`, means nothing.
  bool initial_known = true;
  Index epochs = 0;
  LayerReport layers;
  /// The size was chosen here, because the model takes any.
  bool input_is_example = false;
  std::vector<KernelReport> kernels;  // of all convolutions, shared ones once
  std::vector<PairReport> pairs;
  /// Set by the caller, from measure_checkerboard(), for a trained model with strides.
  std::optional<Checkerboard> checkerboard;

  /// The kernel that belongs to that layer; null if it has none of its own.
  const KernelReport* kernel(const std::string& layer) const;
};

/// `initial_weights` are a checkpoint's; without them, only what follows from the shapes. Throws
/// InputError if the model does not take `input` or an initial kernel is missing.
Inspection inspect(const Model& model, const Shape& input,
                   const std::map<std::string, Tensor>* initial_weights);

/// Adds to each pair what it was after an epoch of the training; `model` is the inspected one with
/// the weights of that time.
void add_epoch(Inspection& inspection, Index epoch, const Model& model);

}  // namespace adjoint
