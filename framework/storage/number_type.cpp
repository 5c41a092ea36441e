#include "framework/storage/number_type.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace adjoint {
namespace number_types {

static_assert(std::endian::native == std::endian::little);

template <class T>
T loaded(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction.
float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value = 0;
  if (exponent == 31)
    value = fraction ? std::nanf("") : INFINITY;
  else if (exponent == 0)
    value = std::ldexp(static_cast<float>(fraction), -24);
  else
    value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return bits >> 15 ? -value : value;
}

/// The upper half of a float32.
float from_bfloat(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

}  // namespace number_types

std::size_t size_of(NumberType type) {
  switch (type) {
    case NumberType::f64:
    case NumberType::i64:
      return 8;
    case NumberType::f32:
    case NumberType::i32:
      return 4;
    case NumberType::f16:
    case NumberType::bf16:
    case NumberType::i16:
      return 2;
    case NumberType::i8:
    case NumberType::u8:
    case NumberType::boolean:
      break;
  }
  return 1;
}

Real number_at(NumberType type, const std::byte* array, std::size_t i) {
  const std::byte* const at = array + i * size_of(type);
  switch (type) {
    case NumberType::f64:
      return static_cast<Real>(number_types::loaded<double>(at));
    case NumberType::f32:
      return static_cast<Real>(number_types::loaded<float>(at));
    case NumberType::f16:
      return static_cast<Real>(number_types::from_half(number_types::loaded<std::uint16_t>(at)));
    case NumberType::bf16:
      return static_cast<Real>(number_types::from_bfloat(number_types::loaded<std::uint16_t>(at)));
    case NumberType::i64:
      return static_cast<Real>(number_types::loaded<std::int64_t>(at));
    case NumberType::i32:
      return static_cast<Real>(number_types::loaded<std::int32_t>(at));
    case NumberType::i16:
      return static_cast<Real>(number_types::loaded<std::int16_t>(at));
    case NumberType::i8:
      return static_cast<Real>(number_types::loaded<std::int8_t>(at));
    case NumberType::u8:
      return static_cast<Real>(number_types::loaded<std::uint8_t>(at));
    case NumberType::boolean:
      return number_types::loaded<std::uint8_t>(at) != 0 ? Real{1} : Real{0};
  }
  return 0;
}

void convert_numbers(NumberType type, std::span<const std::byte> bytes, View to) {
  for (Index i = 0; i < to.size(); ++i)
    to[i] = number_at(type, bytes.data(), static_cast<std::size_t>(i));
}

}  // namespace adjoint
