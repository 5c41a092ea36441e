#include "inference/images/weights_checksum.hpp"

#include <bit>
#include <cstdint>
#include <string_view>

namespace adjoint {
namespace {

class Fnv1a {
 public:
  /// The `bytes` lowest ones, the lowest first, on any machine.
  void add(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      hash_ ^= value >> (8 * i) & 0xFF;
      hash_ *= 0x100000001B3;
    }
  }
  void add(std::string_view text) {
    add(text.size(), 8);
    for (const char letter : text) add(static_cast<unsigned char>(letter), 1);
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325;
};

}  // namespace

std::string weights_checksum(const Model& model,
                             const std::map<std::string, std::vector<double>>& learned) {
  Fnv1a hash;
  for (const Parameter& parameter : model.parameters()) {
    hash.add(parameter.name);
    for (const Index extent : shape_of(parameter.value))
      hash.add(static_cast<std::uint64_t>(extent), 8);
    for (const Real value : parameter.value)
      hash.add(std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
  }
  for (const auto& [name, values] : learned) {
    hash.add(name);
    for (const double value : values) hash.add(std::bit_cast<std::uint64_t>(value), 8);
  }
  return fmt::format("{:016x}", hash.value());
}

std::string weights_checksum(const ImageModel& model) {
  return weights_checksum(model.model(), model.checkpoint().learned);
}

}  // namespace adjoint
