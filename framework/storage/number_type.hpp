#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Types of the numbers in other programs' files, little-endian.
enum class NumberType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

/// Bytes of one number.
std::size_t size_of(NumberType type);
/// Number i of an array; no alignment is needed. Integers are rounded to Real.
Real number_at(NumberType type, const std::byte* array, std::size_t i);
/// As many numbers as `to` has. `bytes` holds them one after the other.
void convert_numbers(NumberType type, std::span<const std::byte> bytes, View to);

}  // namespace adjoint
