#pragma once

// Folders and files that tests make and break.

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "datasets/sources/marked_dataset.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Tensor sample_of(const Dataset& dataset, Index index, std::uint32_t epoch = 0) {
  Tensor sample = make_tensor(dataset.shape(), Real{-1});
  dataset.read(index, epoch, view(sample));
  return sample;
}

inline Tensor mask_of(const MarkedDataset& dataset, Index index, std::uint32_t epoch = 0) {
  Tensor mask = make_tensor(dataset.shape(), Real{-1});
  dataset.read_mask(index, epoch, view(mask));
  return mask;
}

inline std::vector<Real> values(const Tensor& tensor) {
  return {tensor.begin(), tensor.end()};
}

inline void expect_values(const std::vector<Real>& got, const std::vector<Real>& expected) {
  EXPECT_THAT(got, testing::Pointwise(testing::FloatNear(1e-3F), expected));
}

/// Numbers as they lie in memory.
template <class T>
std::string bytes_of(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

/// The folder of real images, or skips the test.
#define ADJOINT_DATA_OR_SKIP(folder)                \
  const char* folder = std::getenv("ADJOINT_DATA"); \
  if (!folder) GTEST_SKIP() << "ADJOINT_DATA does not name a folder of real images"

}  // namespace adjoint
