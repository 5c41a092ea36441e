#pragma once

// NumPy's .npy format, in memory. Source: numpy.lib.format, versions 1.0 to 3.0.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The element types of .npy files that are read.
struct NpyType {
  const char* name;  // as in the file: "<f4"
  Index bytes;       // of one element
  int level_bits;    // of an image's numbers; 0 for a type of which nobody knows what is white
  void (*convert)(std::span<const std::uint8_t> from, Real* to);
};

/// The head of an .npy file.
struct NpyHeader {
  const NpyType* type = nullptr;
  Shape shape;       // rank 0 for a single number
  Index offset = 0;  // of the first element, in bytes
  bool fortran_order = false;
};

/// The most bytes that a head has: far more than numpy ever writes for what is read here.
inline constexpr std::size_t kLongestNpyHead = 4096;

/// Reads the head from the first bytes of a file, kLongestNpyHead of them or all. Throws InputError
/// that begins with `name` if they are damaged or of a type or version that is not read.
NpyHeader parse_npy_head(std::span<const std::uint8_t> beginning, const std::string& name);
/// Throws InputError unless a file of so many bytes holds the elements, and nothing else.
void check_npy_size(const NpyHeader& header, const std::string& name, std::size_t bytes);

/// A whole file, in C or in Fortran order; values as in the file. Throws InputError like the two
/// above.
Tensor parse_npy(std::span<const std::byte> file, const std::string& name);

/// The head of a file of little-endian float32.
std::string npy_head(const Shape& shape);
/// A file of them, and one of texts ('<U...').
std::string npy_bytes(ConstView array);
std::string npy_bytes(const std::vector<std::string>& texts);

}  // namespace adjoint
