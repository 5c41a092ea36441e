// The stored number that means 1, in every kind of file that has numbers of several kinds.

#include <gmock/gmock.h>
#include <hdf5.h>

#include "datasets/data_spec.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/sources/concatenation.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/datasets/formats/tiff_file.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

constexpr Real kHalf = 2048 / 4095.F;  // of 12 bits

std::string npy(const std::string& type, const std::string& data) {
  std::string head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (1, 1, 2), }";
  head.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + "\n" + data;
}

void write_hdf5(const std::filesystem::path& path, hid_t type, const void* numbers) {
  const hsize_t extents[] = {1, 1, 2};
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(3, extents, nullptr);
  const hid_t data = H5Dcreate2(file, "x", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
  H5Dclose(data), H5Sclose(space), H5Fclose(file);
}

/// The samples' second value under a [data] table.
Real second_value(const std::string& table) {
  DataSpec spec;
  parse_config(table, "data.toml", {}, spec);
  const DatasetPtr dataset = open_dataset(spec, 0);
  return sample_of(*dataset, dataset->size() - 1).data()[1];
}

TEST(WhiteLevel, DividesWhateverHoldsMoreThan8Bits) {
  const TempFolder folder;
  const std::vector<std::uint16_t> integers{0, 2048};
  const std::vector<float> floats{0, 2048};
  std::filesystem::create_directory(folder / "png");
  std::filesystem::create_directory(folder / "tif");
  folder.write("png/a.png",
               png_bytes({.width = 2, .depth = 16, .rows = std::string("\0\0\x08\0", 4)}));
  write_tiff(folder / "tif/a.tif",
             {{.width = 2, .bits = 32, .format = SAMPLEFORMAT_IEEEFP, .rows = bytes_of(floats)}});
  folder.write("u2.npy", npy("<u2", bytes_of(integers)));
  folder.write("f4.npy", npy("<f4", bytes_of(floats)));
  write_hdf5(folder / "u2.h5", H5T_NATIVE_UINT16, integers.data());
  write_hdf5(folder / "f4.h5", H5T_NATIVE_FLOAT, floats.data());
  const std::pair<const char*, const char*> sources[] = {{"images", "png"}, {"images", "tif"},
                                                         {"npy", "u2.npy"}, {"npy", "f4.npy"},
                                                         {"hdf5", "u2.h5"}, {"hdf5", "f4.h5"}};
  for (const auto& [source, name] : sources) {
    SCOPED_TRACE(name);
    const std::string path = (folder / name).string();
    const std::string table = fmt::format("source = \"{}\"\npath = \"{}\"\n", source, path);
    EXPECT_NEAR(second_value(table + "white = 4095\n"), kHalf, 1e-7);
    const bool floating = std::string_view(name) == "tif" || name[0] == 'f';
    EXPECT_NEAR(second_value(table), floating ? 2048 : 2048 / 65535.F, 1e-7);
  }
  const std::string png = (folder / "png").string();
  EXPECT_NEAR(second_value(fmt::format("source = \"pairs\"\npath = \"{0}\"\nnoisy_path = \"{0}\"\n"
                                       "white = 4095\n",
                                       png)),
              kHalf, 1e-7);
  // Each part has its own, or that of the whole.
  const std::string parts = fmt::format(
      "source = \"parts\"\nwhite = 4095\n[[part]]\nsource = \"images\"\npath = \"{}\"\n", png);
  EXPECT_NEAR(second_value(parts), kHalf, 1e-7);
  EXPECT_NEAR(second_value(parts + "white = 4096\n"), 0.5, 1e-7);
}

TEST(WhiteLevel, LeavesBytesThatCannotReachIt) {
  const TempFolder folder;
  const auto path = folder.write("a.png", png_bytes({.width = 2, .rows = "\x33\xFF"}));
  EXPECT_EQ(read_image(path, 0, 4095).pixels(0, 1, 0), 1);
  EXPECT_EQ(read_image(path, 0, 4095).white, 255);
  EXPECT_EQ(read_image(path, 0, 0x33).pixels(0, 0, 0), 1);
  folder.write("u1.npy", npy("|u1", "\x33\xFF"));
  EXPECT_EQ(second_value(fmt::format("source = \"npy\"\npath = \"{}\"\nwhite = 4095\n",
                                     (folder / "u1.npy").string())),
            1);
}

TEST(WhiteLevel, OfAPgmIsItsOwnAndIsWrittenAgain) {
  const TempFolder folder;
  const auto path = folder.write("a.pgm", std::string("P5 2 1 4095\n\x08\x00\x0F\xFF", 16));
  const Image image = read_image(path);
  EXPECT_EQ(image.white, 4095);
  EXPECT_EQ(image.pixels(0, 0, 0), kHalf);
  write_image(folder / "b.pgm", view(image.pixels), {.bits = image.bits, .white = image.white});
  EXPECT_EQ(contents(folder / "b.pgm"), std::string("P5\n2 1\n4095\n\x08\x00\x0F\xFF", 16));
}

TEST(WhiteLevel, MustBeANumberAboveNone) {
  DataSpec spec;
  EXPECT_THAT(
      [&] {
        parse_config("source = \"images\"\npath = \"x\"\nwhite = -1\n", "data.toml", {}, spec);
      },
      testing::ThrowsMessage<InputError>(HasSubstr("white")));
  // MNIST's bytes have no other.
  EXPECT_THAT(
      [&] {
        parse_config("source = \"idx\"\npath = \"x\"\nwhite = 4095\n", "data.toml", {}, spec);
      },
      testing::ThrowsMessage<InputError>(HasSubstr("white")));
}

}  // namespace
}  // namespace adjoint
