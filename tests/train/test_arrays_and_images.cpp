// The inputs and outputs of denoise and reconstruct: every kind of file, with a model whose output
// is known by heart.

#include <hdf5.h>

#include <cmath>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/datasets/formats/tiff_file.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

/// A model that turns x into 1 - x, for images of any size.
const std::string kNegative = R"(
[data]
source = "synthetic"
[[corruption]]
kind = "gaussian"
[model]
input = [0, 0, 1]
latent = "enc1"
[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 1
kernel_size = 1
[[model.layer]]
name = "dec1"
type = "Conv2DTranspose"
filters = 1
kernel_size = 1
)";

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  head.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + "\n" + data;
}

class Files : public Program {
 protected:
  Files() {
    Config config;
    parse_config(kNegative, "negative.toml", {}, config);
    Model model = build_model(config.model, 1);
    const std::map<std::string, Real> values{
        {"enc1/kernel", -1}, {"enc1/bias", 1}, {"dec1/kernel", 1}, {"dec1/bias", 0}};
    for (Parameter& parameter : model.parameters()) parameter.value.fill(values.at(parameter.name));
    save_checkpoint(folder_ / "negative.h5", model, {.config = write_config(config)});
  }
  ProgramRun reconstruct(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"reconstruct", "negative.h5"});
    return adjoint_ok(std::move(arguments));
  }
  /// Writes 8-bit gray, values as in the file.
  void gray8(const std::string& name, int height, int width, const std::string& rows) const {
    folder_.write(name, png_bytes({.width = width, .height = height, .rows = rows}));
  }
  void expect_negative(const std::string& place, const Tensor& images, const Shape& shape) const {
    const Tensor result = array(place);
    ASSERT_EQ(shape_of(result), shape);
    for (Index i = 0; i < shape.size(); ++i)
      ASSERT_NEAR(result.data()[i], 1 - images.data()[i], 1e-6) << i;
  }
};

TEST_F(Files, KeepAnImagesDepth) {
  gray8("a.png", 1, 3, {"\x00\x05\xFF", 3});
  folder_.write(
      "b.png",
      png_bytes(
          {.width = 2, .height = 1, .depth = 16, .rows = std::string("\x00\x01\x80\x00", 4)}));
  reconstruct({"a.png", "-o", "a-out.png"});
  reconstruct({"b.png", "-o", "b-out.png"});
  const Image a = read_image(folder_ / "a-out.png"), b = read_image(folder_ / "b-out.png");
  EXPECT_EQ(a.bits, 8);
  EXPECT_THAT(values(a.pixels),
              testing::Pointwise(testing::FloatNear(1e-6F), {1.F, 250 / 255.F, 0.F}));
  EXPECT_EQ(b.bits, 16);
  EXPECT_THAT(values(b.pixels),
              testing::Pointwise(testing::FloatNear(1e-7F), {65534 / 65535.F, 32767 / 65535.F}));
}

TEST_F(Files, OfAFolderKeepTheirNamesSizesAndDepths) {
  std::filesystem::create_directory(folder_ / "in");
  gray8("in/a.png", 1, 2, "\x10\x20");
  gray8("in/c.png", 2, 1, "\x30\x40");
  folder_.write(
      "in/b.png",
      png_bytes(
          {.width = 2, .height = 1, .depth = 16, .rows = std::string("\x00\x01\x00\x02", 4)}));
  folder_.write("in/notes.txt", "not an image");
  const ProgramRun run = reconstruct({"in", "-o", "out"});
  EXPECT_THAT(run.out, HasSubstr("3 images"));
  EXPECT_EQ(image_info(folder_ / "out/a.png"), (ImageInfo{1, 2, 1, 8}));
  EXPECT_EQ(image_info(folder_ / "out/b.png"), (ImageInfo{1, 2, 1, 16}));
  EXPECT_EQ(image_info(folder_ / "out/c.png"), (ImageInfo{2, 1, 1, 8}));
  EXPECT_NEAR(read_image(folder_ / "out/c.png").pixels.data()[1], (255 - 0x40) / 255.F, 1e-6);
}

TEST_F(Files, OfOneNameDoNotReplaceEachOther) {
  std::filesystem::create_directory(folder_ / "other");
  gray8("a.png", 1, 1, "\x10");
  gray8("other/a.png", 1, 1, "\x20");
  reconstruct({"a.png", "other/a.png", "-o", "out"});
  EXPECT_NEAR(read_image(folder_ / "out/a.png").pixels.data()[0], 0xEF / 255.0, 1e-6);
  EXPECT_NEAR(read_image(folder_ / "out/other/a.png").pixels.data()[0], 0xDF / 255.0, 1e-6);
}

TEST_F(Files, OfColourStayInColour) {
  folder_.write("rgb.png", png_bytes({.width = 1,
                                      .height = 1,
                                      .colour = PNG_COLOR_TYPE_RGB,
                                      .rows = std::string("\x00\x80\xFF", 3)}));
  reconstruct({"rgb.png", "-o", "out.png"});
  EXPECT_THAT(values(read_image(folder_ / "out.png").pixels),
              testing::Pointwise(testing::FloatNear(1e-6F), {1.F, 127 / 255.F, 0.F}));
}

TEST_F(Files, OfSeveralPagesAreSeveralImagesAndFloatsStayFloats) {
  write_tiff(folder_ / "stack.tif", {{.width = 2, .rows = "ab"}, {.width = 2, .rows = "cd"}});
  reconstruct({"stack.tif", "-o", "out"});
  EXPECT_NEAR(read_image(folder_ / "out/stack.tif", 1).pixels(0, 1, 0), 1 - 'd' / 255.0, 1e-3);
  const float number = -2.5F;
  write_tiff(folder_ / "float.tiff",
             {{.bits = 32,
               .format = SAMPLEFORMAT_IEEEFP,
               .rows = {reinterpret_cast<const char*>(&number), sizeof number}}});
  reconstruct({"float.tiff", "-o", "out"});
  EXPECT_EQ(read_image(folder_ / "out/float.tiff").pixels(0, 0, 0), 3.5F);
}

TEST_F(Files, OfArraysHaveAnyOfTheirShapes) {
  const Tensor images = some_images({3, 4, 5, 1});
  struct {
    const char* name;
    Shape stored, result;
  } const kCases[] = {{"nhwc.npy", {3, 4, 5, 1}, {3, 4, 5, 1}},
                      {"nhw.npy", {3, 4, 5}, {3, 4, 5, 1}},
                      {"hw.npy", {12, 5}, {1, 12, 5, 1}},
                      {"hwc.npy", {12, 5, 1}, {1, 12, 5, 1}}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    write_npy(folder_ / c.name, view(images).reshaped(c.stored));
    reconstruct({c.name, "-o", "out.npy"});
    expect_negative("out.npy", images, c.result);
  }
}

TEST_F(Files, OfSmallIntegersAreScaledAsPixels) {
  folder_.write("u1.npy", npy("|u1", "(1, 1, 3)", {"\x00\x05\xFF", 3}));
  folder_.write("u2.npy", npy("<u2", "(1, 1, 2)", {"\xFF\xFF\x01\x00", 4}));
  reconstruct({"u1.npy", "-o", "u1-out.npy"});
  reconstruct({"u2.npy", "-o", "u2-out.npy"});
  EXPECT_THAT(values(array("u1-out.npy")),
              testing::Pointwise(testing::FloatNear(1e-6F), {1.F, 250 / 255.F, 0.F}));
  EXPECT_THAT(values(array("u2-out.npy")),
              testing::Pointwise(testing::FloatNear(1e-6F), {0.F, 65534 / 65535.F}));
}

TEST_F(Files, OfSmallIntegersInHdf5AreScaledAsPixels) {
  const std::uint8_t bytes[] = {0, 5, 255};
  const std::uint16_t words[] = {0, 1, 65535};
  const hid_t file =
      H5Fcreate((folder_ / "in.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extents[] = {1, 1, 3};
  const hid_t space = H5Screate_simple(3, extents, nullptr);
  const auto write = [&](const char* name, hid_t type, const void* values) {
    const hid_t data = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    H5Dclose(data);
  };
  write("u1", H5T_NATIVE_UINT8, bytes);
  write("u2", H5T_NATIVE_UINT16, words);
  H5Sclose(space);
  H5Fclose(file);
  reconstruct({"in.h5:/u1", "-o", "u1.npy"});
  reconstruct({"in.h5:/u2", "-o", "u2.npy"});
  EXPECT_THAT(values(array("u1.npy")),
              testing::Pointwise(testing::FloatNear(1e-6F), {1.F, 250 / 255.F, 0.F}));
  EXPECT_THAT(values(array("u2.npy")),
              testing::Pointwise(testing::FloatNear(1e-7F), {1.F, 65534 / 65535.F, 0.F}));
}

TEST_F(Files, OfOtherIntegersAreNoPixels) {
  // 0 and 255 of 64 bits: would they be black and white?
  folder_.write("i8.npy",
                npy("<i8", "(1, 1, 2)", std::string(8, '\0') + '\xFF' + std::string(7, '\0')));
  folder_.write("b1.npy", npy("|b1", "(1, 1, 2)", {"\x00\x01", 2}));
  write_atomically(folder_ / "in.h5", [](Hdf5File& file) {
    file.write("data", std::span<const std::int64_t>(std::vector<std::int64_t>{0, 255}));
  });
  for (const std::string name : {"i8.npy", "b1.npy", "in.h5"}) {
    EXPECT_THAT(message({"reconstruct", "negative.h5", name, "-o", "out.npy"}, 2),
                AllOf(HasSubstr(name), AnyOf(HasSubstr("'|u1'"), HasSubstr("8 or 16 bits"))));
    folder_.write("data.toml", with(kNegative, "\"synthetic\"",
                                    "\"" + std::string(name == "in.h5" ? "hdf5" : "npy") +
                                        "\"\npath = \"" + name + "\""));
    EXPECT_THAT(message({"train", "data.toml"}, 2), HasSubstr(name));
  }
}

TEST_F(Files, OfHdf5AreNamedByDataset) {
  const Tensor images = some_images({2, 3, 4, 1});
  write_atomically(folder_ / "in.h5", [&](Hdf5File& file) {
    file.write("group/images", view(images));
    file.write("others", view(images));
    file.write("more", view(images));
  });
  reconstruct({"in.h5:/group/images", "-o", "out.h5:/a/b"});
  expect_negative("out.h5:/a/b", images, {2, 3, 4, 1});
  reconstruct({"out.h5:/a/b", "-o", "back.h5"});
  EXPECT_EQ(Hdf5File::open(folder_ / "back.h5").list("/"), std::vector<std::string>{"data"});
  EXPECT_THAT(message({"reconstruct", "negative.h5", "in.h5", "-o", "x.npy"}, 2),
              AllOf(HasSubstr("which dataset"), HasSubstr("in.h5:/more"), HasSubstr("others")));
  EXPECT_THAT(message({"reconstruct", "negative.h5", "in.h5:/none", "-o", "x.npy"}, 2),
              AllOf(HasSubstr("in.h5"), HasSubstr("none")));
}

TEST_F(Files, OfHdf5ThatHoldOtherDataAreNotReplaced) {
  const std::string before = contents(folder_ / "negative.h5");
  const Tensor images = some_images({1, 2, 2, 1});
  write_npy(folder_ / "in.npy", view(images));
  std::filesystem::copy_file(folder_ / "negative.h5", folder_ / "other.h5");
  for (const std::string out : {"other.h5", "other.h5:/results"}) {
    EXPECT_THAT(message({"reconstruct", "negative.h5", "in.npy", "-o", out}, 2),
                AllOf(HasSubstr("other.h5"), HasSubstr("other data")));
  }
  EXPECT_EQ(contents(folder_ / "other.h5"), before);
  for (int i = 0; i < 2; ++i) reconstruct({"in.npy", "-o", "out.h5:/results"});
}

TEST_F(Files, OfIdxAreRead) {
  // Two images of 2 x 3.
  folder_.write("train-images-idx3-ubyte",
                std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16) +
                    std::string("\x00\x01\x02\x03\x04\x05\xFF\xFE\xFD\xFC\xFB\xFA", 12));
  reconstruct({"train-images-idx3-ubyte", "-o", "out.npy"});
  const Tensor result = array("out.npy");
  ASSERT_EQ(shape_of(result), (Shape{2, 2, 3, 1}));
  EXPECT_NEAR(result.data()[5], 250 / 255.0, 1e-6);
  EXPECT_NEAR(result.data()[11], 5 / 255.0, 1e-6);
}

TEST_F(Files, OfSeveralKindsGoTogether) {
  const Tensor images = some_images({2, 1, 3, 1});
  write_npy(folder_ / "in.npy", view(images));
  gray8("a.png", 1, 3, {"\x00\x05\xFF", 3});
  gray8("b.png", 1, 3, {"\x01\x02\x03", 3});
  reconstruct({"a.png", "in.npy", "b.png", "-o", "out.npy"});
  const Tensor result = array("out.npy");
  ASSERT_EQ(shape_of(result), (Shape{4, 1, 3, 1}));
  EXPECT_NEAR(result.data()[1], 250 / 255.0, 1e-6);
  EXPECT_NEAR(result.data()[3 + 1], 1 - images.data()[1], 1e-6);
  EXPECT_NEAR(result.data()[9 + 2], 252 / 255.0, 1e-6);

  reconstruct({"a.png", "in.npy", "-o", "folder"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "folder/a.png"));
  EXPECT_NEAR(read_image(folder_ / "folder/in-00001.png").pixels.data()[0], 1 - images.data()[3],
              1e-6);
}

TEST_F(Files, OfDifferentSizesDoNotFitOneArray) {
  gray8("a.png", 1, 3, "abc");
  gray8("b.png", 3, 1, "abc");
  EXPECT_THAT(message({"reconstruct", "negative.h5", "a.png", "b.png", "-o", "out.npy"}, 2),
              AllOf(HasSubstr("1x3x1"), HasSubstr("3x1x1"), HasSubstr("folder")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.npy"));
  EXPECT_THAT(message({"reconstruct", "negative.h5", "a.png", "b.png", "-o", "out.png"}, 2),
              HasSubstr("one image file cannot hold several results"));
}

TEST_F(Files, HaveNamesOfTheirOwnWhereNoneIsGiven) {
  gray8("photo.png", 1, 3, "abc");
  const Tensor images = some_images({1, 2, 2, 1});
  write_npy(folder_ / "in.npy", view(images));
  EXPECT_THAT(reconstruct({"photo.png"}).out, HasSubstr("photo-reconstructed.png"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "photo-reconstructed.png"));
  adjoint_ok({"denoise", "negative.h5", "in.npy"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "in-denoised.npy"));
}

TEST_F(Files, WithNoiseShowAGainAndAPicture) {
  const Tensor images = some_images({3, 8, 8, 1});
  write_npy(folder_ / "in.npy", view(images));
  const ProgramRun run = adjoint_ok({"denoise", "negative.h5", "in.npy", "-o", "out.npy", "--noise",
                                     "0.1", "--grid", "grid.png"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("PSNR 20."), HasSubstr("(gain -"), HasSubstr("grid.png")));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "grid.png"));
  // The noisy input is what the model sees: its negative differs by noise of that strength.
  const Tensor result = array("out.npy");
  double sum = 0;
  for (Index i = 0; i < 192; ++i) {
    const double error = result.data()[i] - (1 - images.data()[i]);
    sum += error * error;
  }
  EXPECT_NEAR(std::sqrt(sum / 192), 0.1, 0.02);
}

TEST_F(Files, CompareWithAReference) {
  const Tensor images = some_images({2, 4, 4, 1});
  Tensor negative = images;
  for (Real& value : view(negative).flat()) value = 1 - value + Real{0.1};
  write_npy(folder_ / "in.npy", view(images));
  write_npy(folder_ / "reference.npy", view(std::as_const(negative)));
  const nlohmann::json result = json_of(
      {"denoise", "negative.h5", "in.npy", "-o", "out.npy", "--reference", "reference.npy"});
  EXPECT_NEAR(result.at("psnr"), 20, 1e-3);
  EXPECT_EQ(result.at("images"), 2);
  EXPECT_EQ(result.at("out"), "out.npy");
  write_npy(folder_ / "few.npy", view(std::as_const(images)).slice(0, 1));
  EXPECT_THAT(message({"denoise", "negative.h5", "in.npy", "--reference", "few.npy"}, 2),
              HasSubstr("--reference"));
}

}  // namespace
}  // namespace adjoint
