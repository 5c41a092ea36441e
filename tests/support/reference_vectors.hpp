#pragma once

// Numbers that PyTorch and TensorFlow computed, from tests/data/reference_vectors.h5, which
// scripts/reference_vectors makes and describes.

#include <map>
#include <string>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// One layer, activation or loss, run once. Images are (N, H, W, C), kernels those of the
/// underlying convolution; parameters go by our names ("kernel", "bias", "gamma", ...).
struct ReferenceCase {
  std::string source;  // "tfjs 4.22.0"
  std::string type;    // our name of the layer, or of the loss: "Conv2DTranspose", "mse"
  std::string layer;   // its arguments as TOML, in our config's names
  Tensor input;        // of a loss: the prediction
  Tensor target;       // of a loss alone
  Tensor output;       // of a loss: one value
  std::map<std::string, Tensor> parameters;

  // Absent, and has_gradients false, where the source computes none. A loss has no output_gradient.
  bool has_gradients = false;
  Tensor output_gradient;
  Tensor input_gradient;
  std::map<std::string, Tensor> parameter_gradients;
};

std::vector<std::string> reference_case_names();
ReferenceCase reference_case(const std::string& name);

/// Ten steps of one optimizer on the autoencoder
///     (12, 8, 2) -> enc1 Conv2D 4 -> enc2 Conv2D 6 -> dec1 Conv2DTranspose 4
///                -> dec2 Conv2DTranspose 2 -> (12, 8, 2)
/// with kernels 3x3, stride 2, "same", relu and at the end a sigmoid; the whole batch in each step.
/// Weights go by "enc1/kernel".
struct GoldenRun {
  std::string loss;       // "mse" or "binary_crossentropy"
  std::string optimizer;  // its settings as TOML
  Tensor input;
  Tensor target;
  std::map<std::string, Tensor> initial_weights;
  std::map<std::string, Tensor> final_weights;
  std::vector<double> losses;          // before each step, computed in double
  std::vector<double> losses_float32;  // the same in float32
};

std::vector<std::string> golden_run_names();
GoldenRun golden_run(const std::string& name);

}  // namespace adjoint
