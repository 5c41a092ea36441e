#include "datasets/sources/hdf5_dataset.hpp"

#include <gmock/gmock.h>
#include <hdf5.h>

#include <chrono>
#include <thread>

#include "datasets/data_spec.hpp"
#include "framework/settings/keys.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct Content {
  std::vector<hsize_t> extents;
  hid_t type = H5T_STD_U8LE;
  std::vector<hsize_t> chunk = {};  // empty: not chunked
  int gzip = 0;
};

/// A file "a.h5" with one dataset "x/images"; number i is fill(i). Writes through the HDF5 library
/// alone.
template <class Fill>
std::filesystem::path write_hdf5(const TempFolder& folder, const Content& content, Fill fill) {
  const auto path = folder / "a.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(file, "x", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const auto rank = static_cast<int>(content.extents.size());
  const hid_t space = H5Screate_simple(rank, content.extents.data(), nullptr);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (!content.chunk.empty()) H5Pset_chunk(creation, rank, content.chunk.data());
  if (content.gzip > 0) H5Pset_deflate(creation, static_cast<unsigned>(content.gzip));
  const hid_t dataset =
      H5Dcreate2(group, "images", content.type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  if (fill) {
    std::size_t size = 1;
    for (const hsize_t extent : content.extents) size *= extent;
    std::vector<double> numbers(size);
    for (std::size_t i = 0; i < size; ++i) numbers[i] = fill(i);
    H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data());
  }
  H5Dclose(dataset);
  H5Pclose(creation);
  H5Sclose(space);
  H5Gclose(group);
  H5Fclose(file);
  return path;
}

using Filler = std::function<double(std::size_t)>;
const Filler kNothing;

TEST(Hdf5Dataset, ReadsEveryLayoutAndType) {
  const TempFolder folder;
  const Filler count = [](std::size_t i) { return static_cast<double>(i % 251); };
  struct Case {
    hid_t type;
    double scale;
  };
  const std::vector<Case> cases{{H5T_STD_U8LE, 255},
                                {H5T_STD_U16LE, 65535},
                                {H5T_STD_U16BE, 65535},
                                {H5T_IEEE_F32LE, 1},
                                {H5T_IEEE_F64BE, 1}};
  for (const Case& kind : cases) {
    for (const std::vector<hsize_t>& chunk :
         {std::vector<hsize_t>{}, {3, 4, 5, 3}, {2, 2, 2, 1}, {1, 4, 5, 3}}) {
      const auto path = write_hdf5(folder,
                                   {.extents = {7, 4, 5, 3},
                                    .type = kind.type,
                                    .chunk = chunk,
                                    .gzip = chunk.empty() ? 0 : 1},
                                   count);
      const Hdf5Dataset data({path, "x/images"});
      ASSERT_EQ(data.size(), 7);
      ASSERT_EQ(data.shape(), (Shape{4, 5, 3}));
      for (const Index i : {6, 0, 3}) {
        const Tensor sample = sample_of(data, i);
        for (std::size_t p = 0; p < 60; ++p) {
          const auto stored = static_cast<double>((static_cast<std::size_t>(i) * 60 + p) % 251);
          ASSERT_NEAR(sample.data()[p], stored / kind.scale, 1e-6);
        }
      }
    }
  }
}

TEST(Hdf5Dataset, TakesArraysWithoutChannelsOrCount) {
  const TempFolder folder;
  const Filler count = [](std::size_t i) { return static_cast<double>(i); };
  const auto three = write_hdf5(folder, {.extents = {2, 3, 4}}, count);
  EXPECT_EQ(Hdf5Dataset({three, "x/images"}).shape(), (Shape{3, 4, 1}));
  const auto two = write_hdf5(folder, {.extents = {3, 4}, .chunk = {2, 2}}, count);
  const Hdf5Dataset one({two, "x/images"});
  EXPECT_EQ(one.size(), 1);
  EXPECT_NEAR(sample_of(one, 0)(2, 3, 0) * 255, 11, 1e-4);
}

TEST(Hdf5Dataset, OpensWhatIsLargerThanMemoryAndReadsOnlyWhatIsAskedFor) {
  const TempFolder folder;
  // 256 GB, none of it on the disk.
  const auto path = write_hdf5(
      folder, {.extents = {1 << 20, 512, 512}, .chunk = {16, 512, 512}, .gzip = 1}, kNothing);
  const auto start = std::chrono::steady_clock::now();
  const Hdf5Dataset data({path, "x/images"});
  EXPECT_EQ(data.size(), 1 << 20);
  EXPECT_EQ(sample_of(data, 777777)(511, 511, 0), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  // 4 MB a chunk, 256 MB of them at once.
  EXPECT_EQ(data.blocks_at_once(), 64);
  EXPECT_EQ(data.block(31), 1);
}

TEST(Hdf5Dataset, HasNoBlocksWhereAllIsAtHand) {
  const TempFolder folder;
  const auto path = write_hdf5(folder, {.extents = {100, 4, 4}, .chunk = {10, 4, 4}}, kNothing);
  EXPECT_EQ(Hdf5Dataset({path, "x/images"}).blocks_at_once(), 0);
}

TEST(Hdf5Dataset, IsReadByManyThreads) {
  const TempFolder folder;
  const auto path = write_hdf5(folder, {.extents = {200, 8, 8}, .chunk = {7, 8, 8}, .gzip = 1},
                               Filler([](std::size_t i) { return static_cast<double>(i / 64); }));
  const Hdf5Dataset data({path, "x/images"});
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (Index i = t; i < 200; i += 2) {
        const Tensor sample = sample_of(data, i);
        wrong += std::lround(sample(7, 7, 0) * 255) != i;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Hdf5Dataset, IsASourceWithAPathInTheFile) {
  const TempFolder folder;
  write_hdf5(folder, {.extents = {5, 2, 2}}, Filler([](std::size_t) { return 51.0; }));
  DataSpec spec;
  parse_config("source = 'hdf5'\npath = 'a.h5:/x/images'\ncache_mb = 1", "test.toml", {}, spec);
  const DatasetPtr data = open_dataset(spec, 1, folder.path());
  EXPECT_EQ(data->size(), 5);
  EXPECT_FLOAT_EQ(sample_of(*data, 4)(1, 1, 0), 0.2F);
}

TEST(Hdf5Dataset, SaysWhatIsWrong) {
  const TempFolder folder;
  const auto expect = [&](const ArrayPlace& place, const auto& message) {
    EXPECT_THAT([&] { Hdf5Dataset data(place); }, ThrowsMessage<InputError>(message));
  };
  const auto path = write_hdf5(folder, {.extents = {5}}, kNothing);
  expect({path, "x/images"}, HasSubstr("got 1 axes: 5"));
  expect({path, "y"}, HasSubstr("no dataset 'y'"));
  expect({path, "x"}, HasSubstr("no dataset 'x'"));
  expect({path, ""}, HasSubstr("name one"));
  expect({folder / "none.h5", "x"}, HasSubstr("none.h5"));
  write_hdf5(folder, {.extents = {5, 2, 2}, .type = H5T_STD_I16LE}, kNothing);
  expect({path, "x/images"}, HasSubstr("unsigned integers of 8 or 16 bits, or floats"));
  expect({folder.write("b.h5", "no HDF5"), "x"}, HasSubstr("is not an HDF5 file"));
}

TEST(Hdf5Dataset, RefusesArraysOfNothingAndOfMoreThanCanBeCounted) {
  const TempFolder folder;
  const hsize_t huge = hsize_t{1} << 62;
  struct Case {
    std::vector<hsize_t> extents;
    std::vector<hsize_t> chunk;
    std::string message;
  };
  const std::vector<Case> cases{
      {{4, 0, 8}, {2, 4, 4}, "4x0x8"},  // used to divide by the bytes of a chunk, which were none
      {{0, 8, 8}, {2, 4, 4}, "0x8x8"},
      {{huge, 8, 8}, {2, 4, 4}, "more numbers than any memory holds"},
      {{4, huge, 4}, {2, 4, 4}, "more numbers than any memory holds"},
      {{4, 1 << 20, 1 << 20}, {1, 64, 64}, "announces images of 1048576x1048576x1"}};
  for (const Case& content : cases) {
    const auto path =
        write_hdf5(folder, {.extents = content.extents, .chunk = content.chunk}, kNothing);
    EXPECT_THAT(
        [&] {
          Hdf5Dataset({path, "x/images"});
        },
        ThrowsMessage<InputError>(HasSubstr(content.message)));
  }
}

TEST(Hdf5Dataset, RefusesNumbersThatAreWiderThanAny) {
  const TempFolder folder;
  // As a damaged header may say: the library would take as much memory as it asks for.
  const hid_t wide = H5Tcopy(H5T_STD_U8LE);
  H5Tset_size(wide, std::size_t{1} << 20);
  const auto path = write_hdf5(folder, {.extents = {1, 2, 2}, .type = wide},
                               Filler([](std::size_t i) { return static_cast<double>(i); }));
  EXPECT_THAT([&] { Hdf5File::open(path.string()).read("x/images"); },
              ThrowsMessage<InputError>(HasSubstr("does not hold numbers")));
  for (const std::size_t bytes : {std::size_t{1} << 20, std::size_t{1} << 31}) {
    H5Tset_size(wide, bytes);
    write_hdf5(folder, {.extents = {1, 2, 2}, .type = wide}, kNothing);
    const auto open = [&] { const Hdf5Dataset data({path, "x/images"}); };
    EXPECT_THAT(open, ThrowsMessage<InputError>(HasSubstr("holds no pixels")));
  }
  H5Tclose(wide);
}

TEST(Hdf5Dataset, NoticesDamage) {
  const TempFolder folder;
  const auto path =
      write_hdf5(folder, {.extents = {4, 30, 30}, .chunk = {2, 30, 30}, .gzip = 9},
                 Filler([](std::size_t i) { return static_cast<double>(i * i % 253); }));
  std::string damaged = contents(path);
  // Most of such a file is compressed pixels, and its end surely.
  for (std::size_t i = damaged.size() - 300; i < damaged.size(); ++i) damaged[i] = '\x55';
  const auto other = folder.write("b.h5", damaged);
  const Hdf5Dataset data({other, "x/images"});
  EXPECT_THAT([&] { sample_of(data, 3); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("b.h5"), HasSubstr("damaged"))));
}

}  // namespace
}  // namespace adjoint
