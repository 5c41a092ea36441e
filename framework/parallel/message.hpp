#pragma once

// What one rank tells another: numbers and texts, packed one after the other. All ranks of a
// program are of one version and one kind of processor, so bytes go as they are.

#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "framework/parallel/ranks.hpp"

namespace adjoint {

template <class T>
concept Packable = std::is_trivially_copyable_v<T>;

/// Packs what take() of an Unpacker gives back in the same order.
class Packer {
 public:
  template <Packable T>
  void add(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  /// Their count, then the values.
  template <Packable T>
  void add(std::span<const T> values) {
    add(values.size());
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  void add(const std::string& text) { add(std::span<const char>(text)); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  /// The bytes must outlive this object.
  explicit Unpacker(const std::string& bytes) : left_(bytes) {}
  bool at_end() const { return left_.empty(); }

  template <Packable T>
  T take() {
    T value;
    take_into(std::span(&value, 1));
    return value;
  }
  template <Packable T>
  std::vector<T> take_all() {
    std::vector<T> values(take<std::size_t>());
    take_into(std::span(values));
    return values;
  }
  std::string take_text() {
    const std::vector<char> text = take_all<char>();
    return {text.begin(), text.end()};
  }

 private:
  template <class T>
  void take_into(std::span<T> values) {
    if (values.empty()) return;
    std::memcpy(static_cast<void*>(values.data()), left_.data(), values.size_bytes());
    left_ = left_.subspan(values.size_bytes());
  }

  std::span<const char> left_;
};

/// Collective: the values of all ranks, one rank's after the other's, at every rank.
template <Packable T>
std::vector<T> gather_values(Ranks& ranks, const std::vector<T>& mine) {
  Packer packed;
  packed.add(std::span<const T>(mine));
  std::vector<T> all;
  for (const std::string& bytes : gather_texts(ranks, packed.bytes())) {
    const std::vector<T> theirs = Unpacker(bytes).take_all<T>();
    all.insert(all.end(), theirs.begin(), theirs.end());
  }
  return all;
}

}  // namespace adjoint
