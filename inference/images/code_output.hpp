#pragma once

#include <string>
#include <vector>

#include "inference/images/array_output.hpp"

namespace adjoint {

/// Latent codes with the names and labels of their images, by the file's ending:
///   .npy        the codes alone
///   .npz        arrays "codes", "names" and "labels"
///   .h5, .hdf5  the codes as "data" or the dataset that is named; "names" and "labels" beside it
///   .csv        a row for each image: name, label, numbers
/// Labels are there where any image has one; "" stands for an unknown one.
class CodeOutput final : public ArrayOutput {
 public:
  /// Of all images of the command; `labels` may be empty.
  CodeOutput(std::vector<std::string> names, std::vector<std::string> labels)
      : names_(std::move(names)), labels_(std::move(labels)) {}

  bool takes(const ArrayPlace& place) const override;
  void check_replaceable(const ArrayPlace& place) const override;
  void write(const ArrayPlace& place, ConstView codes,
             std::span<const Index> numbers) const override;

 private:
  std::vector<std::string> names_, labels_;
};

/// Codes that were written so: of an array file, or "codes" of an .npz. Throws InputError like
/// read_array(), or if there is no such array in it.
Tensor read_codes(const ArrayPlace& place);

}  // namespace adjoint
