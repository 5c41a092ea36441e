#pragma once

namespace adjoint {

/// Number format and white level of stored images.
struct Levels {
  int bits = 0;      // of an integer: 8 or 16; 32: floats; 0: images are made, not stored
  double white = 1;  // the stored number that is read as 1
};

/// The largest number that so many bits hold; 1 for floats of 32 bits.
constexpr double largest_level(int bits) {
  return bits == 32 ? 1 : static_cast<double>((1 << bits) - 1);
}

/// The stored number that means 1 where `wanted` was asked for (0: nothing was): that one, unless
/// so many bits cannot reach it, as 8 cannot reach 4095; else `own`, which the file names, or the
/// largest if it names none (0).
constexpr double white_level(int bits, double wanted, double own = 0) {
  if (wanted > 0 && (bits == 32 || wanted <= largest_level(bits))) return wanted;
  return own > 0 ? own : largest_level(bits);
}

}  // namespace adjoint
