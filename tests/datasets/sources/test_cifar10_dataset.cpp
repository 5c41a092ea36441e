#include "datasets/sources/cifar10_dataset.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// One record; channel c of pixel i is (i + 50 c + shift) modulo 256.
std::string record(int label, int shift) {
  std::string bytes(1, static_cast<char>(label));
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i + 50 * c + shift);
  }
  return bytes;
}

TEST(Cifar10, TurnsPlanesIntoPixels) {
  const TempFolder folder;
  const Cifar10Dataset dataset({folder.write("a.bin", record(3, 0) + record(9, 7))});
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.shape(), (Shape{32, 32, 3}));
  const Tensor sample = sample_of(dataset, 1);
  for (Index y = 0; y < 32; ++y) {
    for (Index x = 0; x < 32; ++x) {
      for (Index c = 0; c < 3; ++c) {
        ASSERT_EQ(sample(y, x, c), static_cast<Real>((32 * y + x + 50 * c + 7) % 256) / 255);
      }
    }
  }
  EXPECT_EQ(dataset.label(0), 3);
  EXPECT_EQ(dataset.label(1), 9);
  EXPECT_EQ(dataset.label_names()[9], "truck");
}

TEST(Cifar10, ReadsTheFilesOfAFolderInOrder) {
  const TempFolder folder;
  const auto below = folder / "cifar-10-batches-bin";
  std::filesystem::create_directory(below);
  folder.write("cifar-10-batches-bin/data_batch_2.bin", record(2, 0));
  folder.write("cifar-10-batches-bin/data_batch_1.bin", record(1, 0) + record(0, 0));
  folder.write("cifar-10-batches-bin/test_batch.bin", record(7, 0));
  for (const auto& path : {folder.path(), below}) {
    const Cifar10Dataset train(find_cifar10_files(path, FileSet::train));
    ASSERT_EQ(train.size(), 3);
    EXPECT_EQ(train.label(0), 1);
    EXPECT_EQ(train.label(2), 2);
    EXPECT_EQ(Cifar10Dataset(find_cifar10_files(path, FileSet::test)).label(0), 7);
  }
  const auto files = find_cifar10_files(below, FileSet::train);
  EXPECT_EQ(Cifar10Dataset(files, 1).size(), 1);
  EXPECT_EQ(Cifar10Dataset(files, 2).size(), 2);
  EXPECT_EQ(Cifar10Dataset(files, 9).size(), 3);
}

TEST(Cifar10, SaysWhatIsWrong) {
  const TempFolder folder;
  EXPECT_THAT([&] { find_cifar10_files(folder.path(), FileSet::test); },
              ThrowsMessage<InputError>(HasSubstr("holds no test_batch*.bin")));
  const auto expect = [&](const std::string& bytes, const auto& message) {
    const auto path = folder.write("x.bin", bytes);
    EXPECT_THAT([&] { Cifar10Dataset({path}); }, ThrowsMessage<InputError>(message));
  };
  expect(record(1, 0) + "abc",
         AllOf(HasSubstr("x.bin"), HasSubstr("records of 3073 bytes, got 1 and 3 bytes more")));
  expect("", HasSubstr("truncated"));
  expect(record(1, 0) + record(10, 0), HasSubstr("record 1 has the label 10"));
}

}  // namespace
}  // namespace adjoint
