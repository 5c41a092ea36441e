#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace adjoint {

/// Keras's name for the first layer of a type: "Conv2DTranspose" -> "conv2d_transpose".
std::string snake_case(std::string_view type);

/// Names of layers: each once, and of the characters that a layer's name may have.
class LayerNames {
 public:
  /// The name with _ for other characters than letters, digits, _ and -, and with a number behind
  /// it where it was given before.
  std::string add(std::string name);

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> next_;
};

}  // namespace adjoint
