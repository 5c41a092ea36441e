#pragma once

// Folders and files that tests make and break.

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "datasets/dataset.hpp"

namespace adjoint {

/// A folder that is empty at first and gone at the end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "adjoint-XXXXXX";
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Tensor sample_of(const Dataset& dataset, Index index, std::uint32_t epoch = 0) {
  Tensor sample = make_tensor(dataset.shape(), Real{-1});
  dataset.read(index, epoch, view(sample));
  return sample;
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
