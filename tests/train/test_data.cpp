// adjoint data list, describe, preview, make.

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/datasets/noise/noisy_images.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;

class Data : public Program {};

TEST_F(Data, ListsSourcesStylesAndWhatThereIs) {
  std::filesystem::create_directories(folder_ / "stored/photos");
  folder_.write("stored/photos/a.png", png_bytes({.rows = "a"}));
  folder_.write("stored/readme.txt", "");
  std::filesystem::create_directories(folder_ / "stored/digits");
  folder_.write("stored/digits/t10k-images-idx3-ubyte", "");
  const ProgramRun run =
      adjoint_ok({"data", "list", "--json"},
                 {.environment = {{"ADJOINT_DATA", (folder_ / "stored").string()}}});
  const auto lists = nlohmann::json::parse(run.out);
  std::vector<std::string> sources, styles, published;
  for (const auto& source : lists["sources"]) sources.push_back(source["name"]);
  for (const auto& style : lists["styles"]) styles.push_back(style["name"]);
  for (const auto& data : lists["published"]) published.push_back(data["name"]);
  EXPECT_THAT(sources, testing::IsSupersetOf({"idx", "cifar10", "images", "npy", "hdf5", "pairs",
                                              "parts", "synthetic"}));
  EXPECT_THAT(styles,
              testing::ElementsAre("mixed", "shapes", "textures", "signal", "radar", "fabric"));
  EXPECT_THAT(published, testing::ElementsAre("mnist", "fashion-mnist", "cifar10", "bsd400"));
  EXPECT_EQ(lists["data"].dump(),
            R"([{"path":"digits","source":"idx"},{"path":"photos","source":"images"}])");
}

TEST_F(Data, DescribesFoldersAndArrays) {
  std::filesystem::create_directories(folder_ / "parts/nut");
  std::filesystem::create_directories(folder_ / "parts/bolt");
  folder_.write("parts/nut/a.png", png_bytes({.width = 2, .rows = std::string("\x00\xFF", 2)}));
  folder_.write("parts/nut/b.png", png_bytes({.width = 2, .rows = std::string("\x00\xFF", 2)}));
  folder_.write("parts/bolt/a.png", png_bytes({.width = 2, .rows = std::string("\xFF\xFF", 2)}));
  const auto report = json_of({"data", "describe", "parts"});
  EXPECT_EQ(report["source"], "images");
  EXPECT_EQ(report["images"], 3);
  EXPECT_EQ(report["shape"], (std::vector{1, 2, 1}));
  EXPECT_EQ(report["labels"], (nlohmann::json{{"bolt", 1}, {"nut", 2}}));
  EXPECT_EQ(report["low"], 0);
  EXPECT_EQ(report["high"], 1);
  EXPECT_NEAR(report["mean"].get<double>(), 4.0 / 6, 1e-6);
  EXPECT_NEAR(report["deviation"].get<double>(), std::sqrt(2.0) / 3, 1e-6);
  EXPECT_GT(report["stored_bytes"].get<int>(), 100);
  EXPECT_EQ(report["float_bytes"], 3 * 2 * 4);
  EXPECT_EQ(json_of({"data", "describe", "parts", "--set", "classes=['nut']"})["images"], 2);

  const Tensor array = make_tensor({5, 3, 4}, Real{2.5});
  write_npy(folder_ / "a.npy", view(array));
  const ProgramRun run = adjoint_ok({"data", "describe", "a.npy", "--samples", "2"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("3x4x1"), HasSubstr("2.5 to 2.5"), HasSubstr("of 2 samples"),
                             HasSubstr("labels      none")));
}

TEST_F(Data, DescribesAndShowsImagesOfSeveralSizes) {
  std::filesystem::create_directories(folder_ / "photos");
  folder_.write("photos/a.png", png_bytes({.width = 3, .height = 2, .rows = "abcdef"}));
  folder_.write("photos/b.png", png_bytes({.width = 2, .height = 4, .rows = "abcdefgh"}));
  const auto report = json_of({"data", "describe", "photos"});
  EXPECT_EQ(report["images"], 2);
  EXPECT_EQ(report["shape"], (std::vector{2, 2, 1}));
  EXPECT_EQ(report["sizes"], (nlohmann::json{{"least", {2, 2}}, {"largest", {4, 3}}}));
  EXPECT_THAT(adjoint_ok({"data", "describe", "photos"}).out,
              AllOf(HasSubstr("2x2 to 4x3"), HasSubstr("data.patches")));
  EXPECT_EQ(json_of({"data", "describe", "photos", "--set", "resize=5"})["shape"],
            (std::vector{5, 5, 1}));
  adjoint_ok({"data", "preview", "photos", "-o", "sheet.png"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "sheet.png"));
}

TEST_F(Data, DescribesTheNoiseOfImages) {
  const auto write = [&](const std::string& name, double sigma, double peak) {
    Tensor images = make_tensor({6, 96, 96, 1});
    for (Index i = 0; i < 6; ++i) {
      const Tensor noisy = with_noise(clean_image(96), sigma, peak, static_cast<std::uint32_t>(i));
      std::copy(noisy.begin(), noisy.end(), images.begin() + i * 96 * 96);
    }
    write_npy(folder_ / name, view(images));
  };
  write("gaussian.npy", 0.1, 0);
  const auto gaussian = json_of({"data", "describe", "gaussian.npy"})["noise"];
  EXPECT_NEAR(gaussian["sigma"]["median"].get<double>(), 0.1, 0.006);
  EXPECT_NEAR(gaussian["sigma_of_255"].get<double>(), 25.5, 1.6);
  EXPECT_EQ(gaussian["trend"], "even");
  EXPECT_EQ(gaussian["peak"], nullptr);
  EXPECT_THAT(adjoint_ok({"data", "describe", "gaussian.npy"}).out,
              AllOf(HasSubstr("noise       sigma "), HasSubstr("kind = \"gaussian\", sigma = 0."),
                    HasSubstr("independent between neighbouring pixels")));
  write("photons.npy", 0, 50);
  const auto photons = json_of({"data", "describe", "photons.npy"})["noise"];
  EXPECT_EQ(photons["trend"], "photon");
  EXPECT_NEAR(photons["peak"].get<double>(), 50, 6);
  EXPECT_THAT(photons["corruptions"].dump(), HasSubstr("poisson"));

  // A config's corruptions are not measured.
  folder_.write("clean.toml", kPlainConfig);
  EXPECT_THAT(adjoint_ok({"data", "describe", "clean.toml"}).out,
              HasSubstr("noise       none of their own"));
  folder_.write("stored.toml", with(kPlainConfig, "source = \"synthetic\"\nsize = 16\ncount = 64",
                                    "source = \"npy\"\npath = \"photons.npy\""));
  EXPECT_THAT(adjoint_ok({"data", "describe", "stored.toml"}).out,
              HasSubstr("before [[corruption]]"));
}

TEST_F(Data, DescribesTheSplitOfAConfig) {
  folder_.write("plain.toml", kPlainConfig);
  const auto report = json_of({"data", "describe", "plain.toml", "--set", "data.count=40"});
  EXPECT_EQ(report["source"], "synthetic");
  EXPECT_EQ(report["train"], 30);
  EXPECT_EQ(report["validation"], 10);
  EXPECT_EQ(report["stored_bytes"], nullptr);
}

TEST_F(Data, PreviewsWhatTheModelSeesBesideTheTarget) {
  folder_.write("plain.toml", kPlainConfig);
  const auto sheet = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"data", "preview", "plain.toml", "-o", "sheet.png"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    adjoint_ok(arguments);
    return read_image(folder_ / "sheet.png").pixels;
  };
  const Tensor noisy = sheet({"--count", "1"});
  // Images of 16 pixels, six times enlarged; white lines of 2 pixels around them.
  ASSERT_EQ(shape_of(noisy), (Shape{100, 198, 1}));
  double difference = 0;
  for (std::size_t y = 2; y < 98; ++y) {
    for (std::size_t x = 2; x < 98; ++x)
      difference += std::abs(noisy(y, x, 0) - noisy(y, x + 98, 0));
  }
  EXPECT_GT(difference / (96 * 96), 0.05);
  EXPECT_EQ(sheet({"--count", "1"}), noisy);
  EXPECT_NE(sheet({"--count", "1", "--seed", "5"}), noisy);
  EXPECT_EQ(shape_of(sheet({"--count", "7"})), (Shape{4 * 98 + 2, 4 * 98 + 2, 1}));
}

TEST_F(Data, MakesRadarScansAndFabricWithTheirTruth) {
  adjoint_ok({"data", "make", "radar", "-n", "6", "--size", "20x24", "--seed", "3", "-o", "scans"});
  std::istringstream table(contents(folder_ / "scans/labels.csv"));
  std::string row;
  std::getline(table, row);
  EXPECT_EQ(row, "name,label,left,top,right,bottom");
  int rows = 0;
  for (; std::getline(table, row); ++rows) {
    const std::string name = row.substr(0, row.find(','));
    EXPECT_EQ(image_info(folder_ / "scans" / name), (ImageInfo{20, 24, 1, 8}));
    const Real white = xt::amax(read_image(folder_ / "scans/masks" / name).pixels)();
    EXPECT_EQ(row[name.size() + 1], white == 1 ? '1' : '0');
    EXPECT_EQ(row.ends_with(",,,,"), white == 0);
  }
  EXPECT_EQ(rows, 6);
  const auto made =
      json_of({"data", "make", "radar", "-n", "3", "-o", "scans.h5", "--objects", "all"});
  EXPECT_EQ(made["images"], 3);
  EXPECT_EQ(shape_of(array("scans.h5:/masks")), (Shape{3, 64, 64, 1}));
  EXPECT_THAT(values(array("scans.h5:/labels")), Each(1));
  adjoint_ok({"data", "make", "fabric", "-n", "2", "--defects", "all", "-o", "cloth.npy"});
  EXPECT_THAT(values(array("cloth-labels.npy")), Each(1));
  EXPECT_EQ(xt::amax(array("cloth-masks.npy"))(), 1);
  adjoint_ok({"data", "make", "shapes", "-n", "2", "--channels", "3", "-o", "shapes.npy"});
  EXPECT_EQ(shape_of(array("shapes.npy")), (Shape{2, 64, 64, 3}));
  const auto report = json_of({"data", "describe", "scans"});
  EXPECT_EQ(report["images"], 6);
}

TEST_F(Data, SaysWhatIsWrong) {
  EXPECT_THAT(message({"data"}, 2),
              HasSubstr("expected one of list, fetch, describe, preview, make"));
  EXPECT_THAT(message({"data", "show"}, 2), HasSubstr("data show"));
  EXPECT_THAT(message({"data", "describe", "nothing"}, 2), HasSubstr("nothing"));
  folder_.write("a.txt", "");
  EXPECT_THAT(message({"data", "describe", "a.txt"}, 2), HasSubstr("no source reads this"));
  EXPECT_THAT(message({"data", "make", "radio", "-n", "1", "-o", "x"}, 2),
              HasSubstr("data make radio: expected one of mixed, shapes"));
  EXPECT_THAT(message({"data", "make", "radar", "-n", "1", "--size", "0", "-o", "x"}, 2),
              HasSubstr("at least 1"));
  EXPECT_THAT(message({"data", "make", "radar", "-o", "x"}, 2), HasSubstr("count"));
  EXPECT_THAT(message({"data", "make", "fabric", "-n", "1", "--objects", "all", "-o", "x"}, 2),
              HasSubstr("--objects is for the style radar, and this is fabric"));
  EXPECT_THAT(message({"data", "make", "signal", "-n", "1", "--channels", "3", "-o", "x"}, 2),
              HasSubstr("--channels is for the style mixed, shapes, textures, and this is signal"));
  EXPECT_THAT(adjoint_ok({"data", "preview", "--help"}).out,
              AllOf(HasSubstr("Example"), HasSubstr("adjoint data preview")));
}

}  // namespace
}  // namespace adjoint
