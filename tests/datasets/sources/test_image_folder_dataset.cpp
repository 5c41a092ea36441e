#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// The position of a pixel of such an image, 16 y + x.
int level(Real value) {
  return static_cast<int>(std::lround(value * 255));
}

void expect_error(const TempFolder& folder, const ImageFolderSpec& spec,
                  const testing::Matcher<const std::string&>& message) {
  EXPECT_THAT([&] { ImageFolderDataset(folder.path(), spec, 0); },
              ThrowsMessage<InputError>(message));
}

TEST(ImageFolder, ReadsImagesInTheOrderOfTheirNames) {
  const TempFolder folder;
  folder.write("b.png", png_bytes({.width = 2, .rows = "cd"}));
  folder.write("a.PNG", png_bytes({.width = 2, .rows = "ab"}));
  folder.write("notes.txt", "not an image");
  std::filesystem::create_directory(folder / "c.png");
  const ImageFolderDataset dataset(folder.path(), {}, 0);
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.shape(), (Shape{1, 2, 1}));
  EXPECT_EQ(level(sample_of(dataset, 0)(0, 1, 0)), 'b');
  EXPECT_EQ(level(sample_of(dataset, 1)(0, 0, 0)), 'c');
}

TEST(ImageFolder, TakesNoHiddenFiles) {
  const TempFolder folder;
  folder.write("a.png", png_bytes({.rows = "a"}));
  folder.write("._a.png", "what a Mac leaves on a memory card");
  EXPECT_EQ(ImageFolderDataset(folder.path(), {}, 0).size(), 1);
}

TEST(ImageFolder, NamesAllFilesThatCannotBeUsed) {
  const TempFolder folder;
  folder.write("a.png", gray_png(15, 15));
  folder.write("b.png", "no image");
  folder.write("c.png", gray_png(15, 15).substr(0, 20));
  folder.write("d.png", gray_png(3, 3));
  const std::string whole = gray_png(15, 15);
  folder.write("e.png", whole.substr(0, whole.size() - 30));  // its head is good
  expect_error(folder, {.crop = Extent2{4, 4}},
               AllOf(HasSubstr("4 images in"), HasSubstr("b.png"), HasSubstr("c.png"),
                     HasSubstr("d.png"), HasSubstr("e.png"), testing::Not(HasSubstr("a.png"))));
}

TEST(ImageFolder, NamesAllFilesThatAreDamagedInside) {
  const TempFolder folder;
  const std::string whole = gray_png(15, 15);
  folder.write("a.png", whole);
  folder.write("b.png", whole.substr(0, whole.size() - 30));
  folder.write("c.png", whole.substr(0, whole.size() - 34));
  const ImageFolderDataset dataset(folder.path(), {}, 0);  // the heads are good
  sample_of(dataset, 0);
  EXPECT_THAT([&] { sample_of(dataset, 1); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("2 images in"), HasSubstr("b.png"), HasSubstr("c.png"))));
}

TEST(ImageFolder, TakesTheFilesThatMatchAPattern) {
  const TempFolder folder;
  folder.write("1_good.png", png_bytes({.rows = "a"}));
  folder.write("1_bad.png", png_bytes({.rows = "b"}));
  folder.write("2_good.png", png_bytes({.rows = "c"}));
  const ImageFolderDataset dataset(folder.path(), {.files = "?_good.*"}, 0);
  ASSERT_EQ(dataset.size(), 2);
  EXPECT_EQ(level(sample_of(dataset, 1)(0, 0, 0)), 'c');
  expect_error(folder, {.files = "3*"}, AllOf(HasSubstr("named like '3*'"), HasSubstr("3 other")));
}

TEST(ImageFolder, LeavesOutTheFilesThatAreExcluded) {
  const TempFolder folder;
  folder.write("a.png", png_bytes({.rows = "a"}));
  folder.write("b.png", "this is no image");
  folder.write("c.png", png_bytes({.rows = "c"}));
  folder.write("c2.png", png_bytes({.rows = "d"}));
  const ImageFolderDataset dataset(folder.path(), {.exclude = {"b.png", "c?.png"}}, 0);
  ASSERT_EQ(dataset.size(), 2);
  EXPECT_EQ(level(sample_of(dataset, 1)(0, 0, 0)), 'c');
  expect_error(folder, {.exclude = {"*.png"}}, HasSubstr("4 other"));
  // Where each class has a folder, a pattern may name the folder too.
  const TempFolder classes;
  for (const char* name : {"x", "y"}) std::filesystem::create_directory(classes / name);
  classes.write("x/a.png", png_bytes({.rows = "a"}));
  classes.write("y/a.png", png_bytes({.rows = "b"}));
  const ImageFolderDataset one(classes.path(), {.exclude = {"x/a.png"}}, 0);
  ASSERT_EQ(one.size(), 1);
  EXPECT_EQ(level(sample_of(one, 0)(0, 0, 0)), 'b');
}

TEST(ImageFolder, GivesTheWholeImagesOfPatches) {
  const TempFolder folder;
  folder.write("a.png", gray_png(4, 5));
  folder.write("b.png", gray_png(3, 6));
  const ImageFolderDataset dataset(folder.path(), {.patches = Extent2{2, 2}}, 0);
  ASSERT_EQ(dataset.group(), 16);
  EXPECT_EQ(shape_of(dataset.whole(3)), (Shape{4, 5, 1})) << "a patch of the first image";
  const Tensor second = dataset.whole(16);
  ASSERT_EQ(shape_of(second), (Shape{3, 6, 1}));
  EXPECT_EQ(level(second(2, 5, 0)), 37);
  EXPECT_EQ(dataset.image_name(15), (folder / "a.png").string());
  EXPECT_EQ(dataset.image_name(16), (folder / "b.png").string());
  const ImageFolderDataset colour(folder.path(),
                                  {.channels = Colours::rgb, .patches = Extent2{2, 2}}, 0);
  EXPECT_EQ(shape_of(colour.whole(0)), (Shape{4, 5, 3}));
}

TEST(ImageFolder, AFolderForEachClassGivesLabels) {
  const TempFolder folder;
  for (const char* name : {"nut", "bolt", "empty"})
    std::filesystem::create_directory(folder / name);
  folder.write("notes.txt", "not an image");
  folder.write("nut/a.png", png_bytes({.rows = "n"}));
  folder.write("bolt/b.png", png_bytes({.rows = "c"}));
  folder.write("bolt/a.png", png_bytes({.rows = "b"}));
  const ImageFolderDataset dataset(folder.path(), {}, 0);
  EXPECT_THAT(dataset.label_names(), ElementsAre("bolt", "nut"));
  std::string content;
  for (Index i = 0; i < dataset.size(); ++i) {
    content += static_cast<char>(level(sample_of(dataset, i)(0, 0, 0)));
    content += std::to_string(dataset.label(i));
  }
  EXPECT_EQ(content, "b0c0n1");
  const ImageFolderDataset plain(folder / "bolt", {}, 0);
  EXPECT_EQ(plain.label(0), kNoLabel);
  const ImageFolderDataset patches(folder.path(),
                                   {.patches = Extent2{1, 1}, .patches_per_image = 2}, 0);
  EXPECT_EQ(patches.label(3), 0);
  EXPECT_EQ(patches.label(4), 1);
}

TEST(ImageFolder, OneFileIsAFolderOfOne) {
  const TempFolder folder;
  const ImageFolderDataset dataset(folder.write("a.png", gray_png(2, 3)), {}, 0);
  EXPECT_EQ(dataset.size(), 1);
  EXPECT_EQ(dataset.shape(), (Shape{2, 3, 1}));
}

TEST(ImageFolder, CropsFromTheCentre) {
  const TempFolder folder;
  folder.write("a.png", gray_png(6, 8));
  folder.write("b.png", gray_png(5, 3));
  const ImageFolderDataset dataset(folder.path(), {.crop = Extent2{2, 2}}, 0);
  const Tensor a = sample_of(dataset, 0);
  EXPECT_EQ(shape_of(a), (Shape{2, 2, 1}));
  EXPECT_EQ(level(a(0, 0, 0)), 16 * 2 + 3);
  EXPECT_EQ(level(a(1, 1, 0)), 16 * 3 + 4);
  EXPECT_EQ(level(sample_of(dataset, 1)(0, 0, 0)), 16 * 1 + 0);
}

TEST(ImageFolder, CropsThenResizes) {
  const TempFolder folder;
  folder.write("a.png", gray_png(6, 6));
  const ImageFolderDataset dataset(folder.path(), {.crop = Extent2{4, 4}, .resize = Extent2{1, 2}},
                                   0);
  EXPECT_EQ(dataset.shape(), (Shape{1, 2, 1}));
  // The columns 1 ... 4 in two overlapping averages around 1.8 and 3.2, the rows 1 ... 4 in one.
  const Tensor sample = sample_of(dataset, 0);
  EXPECT_NEAR(sample(0, 0, 0) * 255, 16 * 2.5 + 12.0 / 7, 1e-3);
  EXPECT_NEAR(sample(0, 1, 0) * 255, 16 * 2.5 + 5 - 12.0 / 7, 1e-3);
}

TEST(ImageFolder, CutsPatchesThatEveryEpochRenews) {
  const TempFolder folder;
  folder.write("a.png", gray_png(9, 12));
  folder.write("b.png", gray_png(4, 5));
  const ImageFolderSpec spec{.patches = Extent2{3, 4}, .patches_per_image = 50};
  const ImageFolderDataset dataset(folder.path(), spec, 1);
  EXPECT_EQ(dataset.size(), 100);
  EXPECT_EQ(dataset.group(), 50);
  EXPECT_EQ(dataset.shape(), (Shape{3, 4, 1}));
  std::set<int> corners;
  for (Index i = 0; i < 50; ++i) {
    const Tensor patch = sample_of(dataset, i);
    const int corner = level(patch(0, 0, 0));
    ASSERT_EQ(level(patch(2, 3, 0)), corner + 16 * 2 + 3);  // it is a part of the image
    corners.insert(corner);
  }
  EXPECT_GT(corners.size(), 25U);  // of 7 x 9 places
  EXPECT_EQ(*corners.rbegin() / 16, 6);
  int changed = 0;
  for (Index i = 0; i < 50; ++i) {
    EXPECT_EQ(sample_of(dataset, i, 1),
              sample_of(ImageFolderDataset(folder.path(), spec, 1), i, 1));
    changed += sample_of(dataset, i, 1) != sample_of(dataset, i, 2);
  }
  EXPECT_GT(changed, 40);
}

TEST(ImageFolder, KeepsImagesWithoutChangingWhatIsRead) {
  const TempFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png"}) folder.write(name, gray_png(9, 12));
  folder.write("d.png", png_bytes({.width = 4,
                                   .height = 4,
                                   .colour = PNG_COLOR_TYPE_RGB,
                                   .rows = "The quick brown fox jumps over the lazy dog ABCD"}));
  for (const auto resize : {std::optional<Extent2>(), std::optional<Extent2>({7, 5})}) {
    ImageFolderSpec spec{.channels = Colours::gray,
                         .crop = Extent2{4, 4},
                         .resize = resize,
                         .patches = Extent2{3, 2},
                         .patches_per_image = 5,
                         .cache_mb = 0};
    const ImageFolderDataset reading(folder.path(), spec, 1);
    spec.cache_mb = 1;
    const ImageFolderDataset keeping(folder.path(), spec, 1);
    for (Index i = 0; i < 20; ++i)
      EXPECT_EQ(sample_of(reading, i, 3), sample_of(keeping, i, 3)) << i;
  }
}

TEST(ImageFolder, ReadsAFileAgainOnlyWhereThereIsNoCache) {
  const TempFolder folder;
  folder.write("a.png", gray_png(4, 5));
  const ImageFolderDataset keeping(folder.path(), {}, 0);
  const ImageFolderDataset reading(folder.path(), {.cache_mb = 0}, 0);
  const Tensor first = sample_of(keeping, 0);
  EXPECT_EQ(sample_of(reading, 0), first);
  std::filesystem::remove(folder / "a.png");
  EXPECT_EQ(sample_of(keeping, 0, 1), first);
  EXPECT_THAT([&] { sample_of(reading, 0, 1); }, ThrowsMessage<InputError>(HasSubstr("a.png")));
}

TEST(ImageFolder, ConvertsColours) {
  const TempFolder folder;
  folder.write("a.png", png_bytes({.colour = PNG_COLOR_TYPE_RGB, .rows = "\x64\x32\x19"}));
  folder.write("b.png", png_bytes({.rows = "\x07"}));
  const ImageFolderDataset in_gray(folder.path(), {.channels = Colours::gray}, 0);
  EXPECT_NEAR(sample_of(in_gray, 0)(0, 0, 0) * 255, 29.9 + 29.35 + 2.85, 1e-3);
  EXPECT_EQ(level(sample_of(in_gray, 1)(0, 0, 0)), 7);
  const ImageFolderDataset in_rgb(folder.path(), {.channels = Colours::rgb}, 0);
  EXPECT_EQ(level(sample_of(in_rgb, 0)(0, 0, 2)), 25);
  EXPECT_THAT(values(sample_of(in_rgb, 1) * 255), ElementsAre(FloatEq(7), FloatEq(7), FloatEq(7)));
  expect_error(folder, {}, HasSubstr("set channels to \"gray\" or \"rgb\""));
}

TEST(ImageFolder, SaysWhatDoesNotFit) {
  const TempFolder folder;
  expect_error(folder, {},
               AllOf(HasSubstr("holds no image (.png, .jpg"), HasSubstr("it holds 0 other files")));
  folder.write("a.txt", "x");
  expect_error(folder, {}, HasSubstr("it holds 1 other file"));
  folder.write("a.png", gray_png(4, 5));
  folder.write("b.png", gray_png(4, 6));
  expect_error(folder, {},
               AllOf(HasSubstr("'a.png' gives 4x5x1, 'b.png' gives 4x6x1"),
                     HasSubstr("give crop, resize or patches")));
  expect_error(folder, {.crop = Extent2{5, 5}},
               AllOf(HasSubstr("a.png' is too small"), HasSubstr("a crop of 5x5 pixels")));
  expect_error(folder, {.resize = Extent2{3, 3}, .patches = Extent2{3, 4}},
               HasSubstr("a patch of 3x4 pixels cannot be cut from 3x3"));
  folder.write("c.png", gray_png(4, 5).substr(0, 30));
  expect_error(folder, {.resize = Extent2{3, 3}}, HasSubstr("c.png' is not a readable PNG"));
  EXPECT_THAT([&] { ImageFolderDataset(folder / "none", {}, 0); },
              ThrowsMessage<InputError>(HasSubstr("no file or folder")));
}

TEST(ImageFolder, NoticesThatAFileChanged) {
  const TempFolder folder;
  folder.write("a.png", gray_png(4, 5));
  const ImageFolderDataset dataset(folder.path(), {}, 0);
  folder.write("a.png", gray_png(4, 6));
  EXPECT_THAT([&] { sample_of(dataset, 0); },
              ThrowsMessage<InputError>(HasSubstr("has changed since it was first read")));
}

TEST(ImageFolder, ReadsPhotographs) {
  ADJOINT_DATA_OR_SKIP(data);
  const std::filesystem::path folder = data;
  const ImageFolderDataset in_gray(folder / "photos-gray-train",
                                   {.patches = Extent2{40, 40}, .patches_per_image = 2}, 0);
  EXPECT_EQ(in_gray.size(), 800);
  const ImageFolderDataset in_colour(folder / "photos-colour", {.resize = Extent2{64, 64}}, 0);
  EXPECT_EQ(in_colour.shape(), (Shape{64, 64, 3}));
  for (Index i = 0; i < in_colour.size(); ++i) {
    const Tensor sample = sample_of(in_colour, i);
    EXPECT_GT(xt::stddev(sample)(), 0.05);
    EXPECT_LE(xt::amax(sample)(), 1);
  }
}

TEST(Resize, EnlargesByLinearInterpolation) {
  Tensor line = make_tensor({1, 2, 1});
  line(0, 0, 0) = 0;
  line(0, 1, 0) = 1;
  EXPECT_THAT(values(resized(view(line), 1, 4)), ElementsAre(0, 0.25, 0.75, 1));
}

TEST(Resize, DoesNotAlias) {
  Tensor stripes = make_tensor({64, 64, 1});
  for (Index y = 0; y < 64; ++y) {
    for (Index x = 0; x < 64; ++x) stripes(y, x, 0) = static_cast<Real>(x % 2);
  }
  const Tensor small = resized(view(stripes), 9, 9);
  for (Index y = 0; y < 9; ++y) {
    for (Index x = 1; x < 8; ++x) EXPECT_NEAR(small(y, x, 0), 0.5, 0.02);
  }
}

TEST(Resize, KeepsChannelsApartAndConstantsConstant) {
  Tensor image = make_tensor({5, 7, 3});
  for (Index i = 0; i < 35; ++i) {
    for (Index c = 0; c < 3; ++c) image.data()[3 * i + c] = static_cast<Real>(c) / 4;
  }
  const Tensor result = resized(view(image), 11, 3);
  EXPECT_EQ(shape_of(result), (Shape{11, 3, 3}));
  for (Index i = 0; i < 33; ++i) {
    for (Index c = 0; c < 3; ++c)
      EXPECT_FLOAT_EQ(result.data()[3 * i + c], static_cast<Real>(c) / 4);
  }
}

}  // namespace
}  // namespace adjoint
