// That results are what their inputs are: format, bits, white level, orientation, alpha, pages.

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/formats/exif_bytes.hpp"
#include "tests/datasets/formats/jpeg_bytes.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/datasets/formats/tiff_file.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Not;
using testing::Pointwise;

/// A model that turns x into 1 - x, for images of any size; `data` and `layers` say more.
std::string negative(const std::string& data, const std::string& layers = "") {
  return "[data]\n" + data + R"(
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
)" + layers;
}

class Formats : public Program {
 protected:
  Formats() { save("negative.h5", negative("source = \"synthetic\"")); }

  void save(const std::string& name, const std::string& text) const {
    Config config;
    parse_config(text, "negative.toml", {}, config);
    Model model = build_model(config.model, 1);
    for (Parameter& parameter : model.parameters())
      parameter.value.fill(parameter.name == "enc1/bias" ? Real{1} : Real{-1});
    save_checkpoint(folder_ / name, model, {.config = write_config(config)});
  }
  ProgramRun reconstruct(std::vector<std::string> arguments,
                         const std::string& checkpoint = "negative.h5") const {
    arguments.insert(arguments.begin(), {"reconstruct", checkpoint});
    return adjoint_ok(std::move(arguments));
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// Pages of 16 bits, two pixels each.
  void stack16(const std::string& name, const std::vector<std::vector<std::uint16_t>>& pages,
               std::uint32_t white = 0) const {
    std::vector<TiffPage> all;
    for (const std::vector<std::uint16_t>& page : pages) {
      all.push_back({.width = 2,
                     .bits = 16,
                     .white = white,
                     .rows = {reinterpret_cast<const char*>(page.data()), 4}});
    }
    write_tiff(folder_ / name, all);
  }
  /// A page's first row of 16-bit integers, as libtiff reads it.
  std::vector<std::uint16_t> stored16(const std::string& name, int page = 0) const {
    TIFF* tiff = TIFFOpen(path(name).c_str(), "r");
    std::vector<std::uint16_t> row(2);
    int bits = 0;
    if (!tiff || TIFFSetDirectory(tiff, static_cast<tdir_t>(page)) != 1) return {};
    TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    EXPECT_EQ(bits, 16);
    TIFFReadScanline(tiff, row.data(), 0, 0);
    TIFFClose(tiff);
    return row;
  }
  std::vector<float> npy_values(const std::string& name) const { return values(array(name)); }
};

TEST_F(Formats, OfAFolderStay) {
  std::filesystem::create_directory(folder_ / "in");
  folder_.write("in/a.png", png_bytes({.width = 2, .rows = "\x10\x20"}));
  stack16("in/b.tif", {{1, 65535}});
  folder_.write("in/c.JPG", jpeg_bytes({.width = 8, .height = 8, .rows = std::string(64, 'a')}));
  const Image a = read_image(folder_ / "in/a.png");
  write_image(folder_ / "in/d.bmp", view(a.pixels));
  folder_.write("in/e.pgm", std::string("P5\n2 1\n4095\n\x00\x01\x0F\xFF", 16));
  const float number = -2.5F;
  write_tiff(folder_ / "in/f.tiff",
             {{.bits = 32,
               .format = SAMPLEFORMAT_IEEEFP,
               .rows = {reinterpret_cast<const char*>(&number), sizeof number}}});
  // Bytes of 16 bits under a name whose format has 8.
  folder_.write("in/g.bmp",
                png_bytes({.width = 1, .depth = 16, .rows = std::string("\x00\x01", 2)}));
  reconstruct({"in", "-o", "out"});
  EXPECT_EQ(contents(folder_ / "out/a.png").substr(1, 3), "PNG");
  EXPECT_THAT(stored16("out/b.tif"), ElementsAre(65534, 0));
  EXPECT_EQ(contents(folder_ / "out/c.JPG").substr(0, 3), "\xFF\xD8\xFF");
  EXPECT_NEAR(read_image(folder_ / "out/c.JPG").pixels(3, 3, 0), 1 - 'a' / 255.0, 0.01);
  EXPECT_EQ(contents(folder_ / "out/d.bmp").substr(0, 2), "BM");
  EXPECT_EQ(contents(folder_ / "out/e.pgm"), std::string("P5\n2 1\n4095\n\x0F\xFE\x00\x00", 16));
  EXPECT_EQ(read_image(folder_ / "out/f.tiff").pixels(0, 0, 0), 3.5F);
  EXPECT_EQ(image_info(folder_ / "out/g.png").bits, 16);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "out"), {}), 7);
}

TEST_F(Formats, OfAnImageWithoutOutStay) {
  folder_.write("c.jpg", jpeg_bytes({.width = 8, .height = 8, .rows = std::string(64, 'a')}));
  reconstruct({"c.jpg"});
  EXPECT_EQ(contents(folder_ / "c-reconstructed.jpg").substr(0, 3), "\xFF\xD8\xFF");
}

TEST_F(Formats, PagesMakeOneFile) {
  stack16("stack.tif", {{1, 2}, {3, 4}, {5, 6}});
  reconstruct({"stack.tif"});
  ASSERT_EQ(image_pages(folder_ / "stack-reconstructed.tif").size(), 3);
  EXPECT_THAT(stored16("stack-reconstructed.tif", 2), ElementsAre(65530, 65529));
  reconstruct({"stack.tif", "-o", "out.tif"});
  EXPECT_EQ(contents(folder_ / "out.tif"), contents(folder_ / "stack-reconstructed.tif"));
  // As do two stacks in a folder, each its own.
  std::filesystem::create_directory(folder_ / "in");
  stack16("in/a.tif", {{1, 2}, {3, 4}});
  stack16("in/b.tiff", {{5, 6}, {7, 8}, {9, 10}});
  reconstruct({"in", "-o", "out"});
  EXPECT_EQ(image_pages(folder_ / "out/a.tif").size(), 2);
  EXPECT_THAT(stored16("out/b.tiff", 2), ElementsAre(65526, 65525));
}

TEST_F(Formats, ManyImagesFitOneTiff) {
  std::filesystem::create_directory(folder_ / "in");
  folder_.write("in/a.png", png_bytes({.width = 2, .rows = "\x10\x20"}));
  folder_.write("in/b.png", png_bytes({.width = 2, .rows = "\x30\x40"}));
  reconstruct({"in", "-o", "all.tif"});
  ASSERT_EQ(image_pages(folder_ / "all.tif").size(), 2);
  EXPECT_NEAR(read_image(folder_ / "all.tif", 1).pixels(0, 1, 0), 1 - 0x40 / 255.0, 1e-6);
  EXPECT_THAT(message({"reconstruct", "negative.h5", "in", "-o", "all.png"}, 2),
              AllOf(HasSubstr("all.png"), HasSubstr("a .tif")));
  // A stack is not written over the images that it is made of.
  EXPECT_THAT(message({"reconstruct", "negative.h5", "all.tif", "-o", "all.tif"}, 2),
              HasSubstr("all.tif"));
}

TEST_F(Formats, AlphaStays) {
  const std::string rows("\x00\x80\xFF\x33\x10\x20\x30\xFF", 8);
  folder_.write("a.png", png_bytes({.width = 2, .colour = PNG_COLOR_TYPE_RGBA, .rows = rows}));
  write_tiff(folder_ / "g.tif", {{.width = 2,
                                  .samples = 2,
                                  .alpha = EXTRASAMPLE_UNASSALPHA,
                                  .rows = std::string("\x10\x00\x20\x80", 4)}});
  reconstruct({"a.png", "g.tif", "-o", "out"});
  const Image colour = read_image(folder_ / "out/a.png");
  EXPECT_THAT(values(colour.pixels * 255),
              Pointwise(FloatNear(1e-3F), {255, 127, 0, 239, 223, 207}));
  ASSERT_TRUE(colour.alpha);
  EXPECT_THAT(values(*colour.alpha * 255), Pointwise(FloatNear(1e-3F), {0x33, 255}));
  const Image gray = read_image(folder_ / "out/g.tif");
  EXPECT_THAT(values(gray.pixels * 255), Pointwise(FloatNear(1e-3F), {239, 223}));
  ASSERT_TRUE(gray.alpha);
  EXPECT_THAT(values(*gray.alpha * 255), Pointwise(FloatNear(1e-3F), {0, 0x80}));
  // A format without it shows white behind: 0.2 * 255 + 0.8 * 255, and so on.
  reconstruct({"a.png", "-o", "a.ppm"});
  EXPECT_THAT(values(read_image(folder_ / "a.ppm").pixels * 255),
              Pointwise(FloatNear(0.51F), std::vector<float>{255, 229.4F, 204, 239, 223, 207}));
}

TEST_F(Formats, AlphaGrowsWithTheImage) {
  save("larger.h5",
       negative("source = \"synthetic\"",
                "[[model.layer]]\nname = \"up\"\ntype = \"UpSampling2D\"\nsize = 2\n"));
  folder_.write("a.png", png_bytes({.width = 1,
                                    .height = 2,
                                    .colour = PNG_COLOR_TYPE_GRAY_ALPHA,
                                    .rows = "\x10\x40\x20\x40"}));
  reconstruct({"a.png", "-o", "b.png"}, "larger.h5");
  const Image image = read_image(folder_ / "b.png");
  ASSERT_EQ(shape_of(image.pixels), (Shape{4, 2, 1}));
  ASSERT_TRUE(image.alpha);
  EXPECT_THAT(values(*image.alpha * 255), Pointwise(FloatNear(1e-3F), std::vector<float>(8, 0x40)));
}

TEST_F(Formats, ResultsStandUpright) {
  folder_.write("a.png",
                png_bytes({.width = 3, .height = 2, .exif = exif_bytes(6), .rows = "abcdef"}));
  reconstruct({"a.png", "-o", "b.png"});
  const Image image = read_image(folder_ / "b.png");
  ASSERT_EQ(shape_of(image.pixels), (Shape{3, 2, 1}));
  EXPECT_NEAR(image.pixels(0, 0, 0), 1 - 'd' / 255.0, 1e-6);
  EXPECT_NEAR(image.pixels(2, 1, 0), 1 - 'c' / 255.0, 1e-6);
  EXPECT_THAT(contents(folder_ / "b.png"), Not(HasSubstr("eXIf")));
}

TEST_F(Formats, WhiteIsAsTheOptionSays) {
  stack16("a.tif", {{0, 4000}, {95, 4095}});
  const ProgramRun run = reconstruct({"a.tif", "-o", "b.tif", "--white", "4095"});
  EXPECT_THAT(run.err, Not(HasSubstr("warning")));
  EXPECT_THAT(stored16("b.tif"), ElementsAre(4095, 95));
  EXPECT_THAT(stored16("b.tif", 1), ElementsAre(4000, 0));
  // The result says it itself, and gives the same again without the option.
  reconstruct({"b.tif", "-o", "c.tif"});
  EXPECT_THAT(stored16("c.tif"), ElementsAre(0, 4000));
  // Arrays have the scale that was named.
  reconstruct({"a.tif", "-o", "b.npy", "--white", "4095"});
  EXPECT_THAT(npy_values("b.npy"), Pointwise(FloatNear(1e-2F), {4095, 95, 4000, 0}));
  adjoint_ok({"encode", "negative.h5", "a.tif", "-o", "codes.npy", "--white", "4095"});
  EXPECT_THAT(npy_values("codes.npy"),
              Pointwise(FloatNear(1e-6F), std::vector<float>{1, 95 / 4095.F, 4000 / 4095.F, 0}));
  const std::vector<float> floats{0, 1020};
  write_tiff(folder_ / "f.tif", {{.width = 2,
                                  .bits = 32,
                                  .format = SAMPLEFORMAT_IEEEFP,
                                  .rows = {reinterpret_cast<const char*>(floats.data()), 8}}});
  reconstruct({"f.tif", "-o", "g.tif", "--white", "1020"});
  EXPECT_THAT(values(read_image(folder_ / "g.tif", 0, 1).pixels),
              Pointwise(FloatNear(1e-3F), {1020, 0}));
  EXPECT_THAT(message({"reconstruct", "negative.h5", "a.tif", "--white", "0"}, 2),
              HasSubstr("--white 0"));
}

TEST_F(Formats, WhiteIsThatOfTheTrainingUnlessTold) {
  save("trained.h5", negative("source = \"images\"\npath = \"x\"\nwhite = 4095"));
  stack16("a.tif", {{0, 4000}});
  reconstruct({"a.tif", "-o", "b.tif"}, "trained.h5");
  EXPECT_THAT(stored16("b.tif"), ElementsAre(4095, 95));
  reconstruct({"a.tif", "-o", "b.tif", "--white", "5000"}, "trained.h5");
  EXPECT_THAT(stored16("b.tif"), ElementsAre(5000, 1000));
  // 8 bits do not reach it.
  folder_.write("a.png", png_bytes({.width = 2, .rows = "\x10\x20"}));
  reconstruct({"a.png", "-o", "b.png"}, "trained.h5");
  EXPECT_NEAR(read_image(folder_ / "b.png").pixels(0, 0, 0), 1 - 0x10 / 255.0, 1e-6);
  // Parts that agree count as one.
  const std::string part = "[[data.part]]\nsource = \"images\"\npath = \"x\"\nwhite = 4095\n";
  save("parts.h5", negative("source = \"parts\"\n" + part + part));
  reconstruct({"a.tif", "-o", "b.tif"}, "parts.h5");
  EXPECT_THAT(stored16("b.tif"), ElementsAre(4095, 95));
}

TEST_F(Formats, WhiteHoldsForFiguresAndReferences) {
  stack16("a.tif", {{0, 4095}});
  stack16("negative.tif", {{4095, 0}});
  const auto figures = json_of({"reconstruct", "negative.h5", "a.tif", "--reference",
                                "negative.tif", "--white", "4095", "-o", "b.tif"});
  EXPECT_GT(figures["psnr"].get<double>(), 90);
  EXPECT_NEAR(figures["input_psnr"].get<double>(), 0, 1e-6);
  // 1 - x differs from x by 1 in both pixels.
  const auto evaluation =
      json_of({"evaluate", "negative.h5", "a.tif", "--noise", "0", "--white", "4095"});
  EXPECT_NEAR(evaluation["mse"].get<double>(), 1, 1e-6);
  // Half white, half black: the mean of |x - (1 - x)| is 1 at this scale.
  const auto found =
      json_of({"detect", "negative.h5", "a.tif", "--calibrate", "a.tif", "--white", "4095",
               "--residual", "l1", "--score", "mean", "--false-alarms", "0.5", "-o", "found"});
  EXPECT_NEAR(found["calibration"]["threshold"].get<double>(), 1, 1e-6);
}

TEST_F(Formats, ASmallPartOfTheRangeIsTold) {
  stack16("a.tif", {{0, 4000}, {95, 4095}});
  const auto expect = [&](const ProgramRun& run, const std::string& remedy) {
    const std::size_t at = run.err.find("warning: ");
    ASSERT_NE(at, std::string::npos) << run.err;
    EXPECT_THAT(run.err, AllOf(HasSubstr("reach 4095"), HasSubstr(remedy)));
    EXPECT_EQ(run.err.find("warning: ", at + 1), std::string::npos) << run.err;
  };
  expect(reconstruct({"a.tif", "-o", "b.tif"}), "--white 4095");
  expect(adjoint_ok({"encode", "negative.h5", "a.tif", "-o", "c.npy"}), "--white 4095");
  expect(adjoint_ok({"evaluate", "negative.h5", "a.tif"}), "--white 4095");
  expect(adjoint_ok({"data", "describe", "a.tif"}), "--set white=4095");
  folder_.write("config.toml", negative("source = \"images\"\npath = \"a.tif\"\nvalidation = 0") +
                                   "[training]\nepochs = 1\nbatch_size = 2\n");
  expect(adjoint_ok({"train", "config.toml", "--out", "run"}), "--set data.white=4095");
  const ProgramRun told =
      adjoint_ok({"train", "config.toml", "--out", "told", "--set", "data.white=4095"});
  EXPECT_THAT(told.err, Not(HasSubstr("warning")));
  std::string npy = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  npy.resize(117, ' ');
  const std::vector<float> floats{0, 1020};
  folder_.write("f.npy", std::string("\x93NUMPY\x01\x00\x76\x00", 10) + npy + "\n" +
                             std::string(reinterpret_cast<const char*>(floats.data()), 8));
  const ProgramRun run = reconstruct({"f.npy", "-o", "g.npy"});
  EXPECT_THAT(run.err, AllOf(HasSubstr("from 0 to 1020"), HasSubstr("--white 1023")));
}

}  // namespace
}  // namespace adjoint
