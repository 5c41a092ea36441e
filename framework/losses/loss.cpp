#include "framework/losses/loss.hpp"

#include <fmt/ranges.h>

#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/mse.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

template <class T>
std::unique_ptr<Loss> make() {
  return std::make_unique<T>();
}

struct Entry {
  std::string_view name;
  std::unique_ptr<Loss> (*make)();
};

constexpr Entry kLosses[] = {
    {"mse", make<MeanSquaredError>},
    {"binary_crossentropy", make<BinaryCrossentropy>},
};

}  // namespace

std::unique_ptr<Loss> make_loss(std::string_view name) {
  for (const Entry& entry : kLosses) {
    if (entry.name == name) return entry.make();
  }
  throw InputError("unknown loss \"{}\"; expected one of {}", name, fmt::join(loss_names(), ", "));
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kLosses) names.emplace_back(entry.name);
  return names;
}

}  // namespace adjoint
