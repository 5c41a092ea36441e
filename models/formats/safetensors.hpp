#pragma once

// Safetensors files: 8 bytes with the length of a JSON text, the text (name -> type, shape, place),
// and the numbers. Source: github.com/huggingface/safetensors, "Format".

#include <string>
#include <vector>

#include "models/formats/weight_list.hpp"

namespace adjoint {

/// All tensors of a file, in the order of their places in it. Types: F64, F32, F16, BF16, I64, I32,
/// I16, I8, U8, BOOL. Throws InputError naming the file and the tensor if the file is missing or
/// damaged, if its text does not describe all of its bytes once, or a type is another one.
std::vector<ForeignWeight> read_safetensors(const std::string& path);

/// A tensor to be written: float32, or one number of type int64.
struct SafetensorsEntry {
  std::string name;
  Tensor value;
  bool is_integer = false;
};
/// Writes a file whole or not at all: the integers, then the others, in this order. Throws RunError
/// if that fails.
void write_safetensors(const std::string& path, const std::vector<SafetensorsEntry>& entries);

}  // namespace adjoint
