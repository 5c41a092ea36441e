#include "datasets/sources/concatenation.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/npy.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/counting_dataset.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

DataSpec parse_source(const std::string& toml) {
  DataSpec spec;
  parse_config(toml, "test.toml", {}, spec);
  return spec;
}

void write_levels(const std::filesystem::path& path, const Shape& shape, Real value) {
  const Tensor array = make_tensor(shape, value);
  write_npy(path, view(array));
}

TEST(Concatenation, GivesTheWholeImagesOfItsParts) {
  const TempFolder folder;
  folder.write("a.png", png_bytes({.width = 3, .rows = "abc"}));
  std::filesystem::create_directory(folder / "more");
  folder.write("more/b.png", png_bytes({.width = 4, .rows = "defg"}));
  const ImageFolderSpec patches{.patches = Extent2{1, 2}, .patches_per_image = 5};
  const auto all = std::make_shared<Concatenation>(
      std::vector<DatasetPtr>{std::make_shared<ImageFolderDataset>(folder / "a.png", patches, 0),
                              std::make_shared<ImageFolderDataset>(folder / "more", patches, 0)});
  const Subset second(all, {1});
  EXPECT_EQ(values(second.whole(4)), (std::vector<Real>{Real('d') / 255, Real('e') / 255,
                                                        Real('f') / 255, Real('g') / 255}));
  EXPECT_EQ(second.image_name(4), (folder / "more/b.png").string());
  EXPECT_EQ(shape_of(CountingDataset(3).whole(1)), CountingDataset(3).shape());
  EXPECT_EQ(CountingDataset(3).image_name(1), "");
}

TEST(Concatenation, GivesOnePartAfterTheOther) {
  const Concatenation all({std::make_shared<CountingDataset>(3),
                           std::make_shared<CountingDataset>(1),
                           std::make_shared<CountingDataset>(2)});
  std::vector<Real> firsts;
  for (Index i = 0; i < all.size(); ++i) firsts.push_back(sample_of(all, i)(0, 0, 0));
  EXPECT_THAT(firsts, ElementsAre(0, 1, 2, 0, 0, 1));
  EXPECT_EQ(all.label(4), kNoLabel);
  EXPECT_FALSE(all.paired());
}

TEST(Concatenation, IsReadFromTables) {
  const TempFolder folder;
  write_levels(folder / "a.npy", {3, 2, 2}, 0.25);
  write_levels(folder / "b.npy", {5, 2, 2}, 0.5);
  const std::string toml =
      "source = 'parts'\nlimit = 4\n"
      "[[part]]\nsource = 'npy'\npath = 'a.npy'\n"
      "[[part]]\nsource = 'npy'\npath = 'b.npy'\nlimit = 2\n";
  const DataSpec spec = parse_source(toml);
  const DatasetPtr data = open_dataset(spec, 1, folder.path());
  ASSERT_EQ(data->size(), 4);
  EXPECT_EQ(sample_of(*data, 2)(0, 0, 0), Real{0.25});
  EXPECT_EQ(sample_of(*data, 3)(0, 0, 0), Real{0.5});
  EXPECT_EQ(write_config(parse_source(write_config(spec))), write_config(spec));
  EXPECT_THAT(
      [] { parse_source("source = 'parts'\n[[part]]\nsource = 'npy'\npath = 'x'\ncrop = 1"); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("part[1]"), HasSubstr("crop"))));
}

TEST(Concatenation, TellsLabelsApartByName) {
  const TempFolder folder;
  for (const char* name : {"x", "x/nut", "x/bolt", "y", "y/nut", "y/washer"})
    std::filesystem::create_directory(folder / name);
  for (const char* name : {"x/nut/1.png", "x/bolt/1.png", "y/nut/1.png", "y/washer/1.png"})
    folder.write(name, png_bytes({.rows = "a"}));
  const std::string toml =
      "source = 'parts'\n[[part]]\nsource = 'images'\npath = 'x'\n"
      "[[part]]\nsource = 'images'\npath = 'y'\n";
  const DatasetPtr data = open_dataset(parse_source(toml), 1, folder.path());
  EXPECT_THAT(data->label_names(), ElementsAre("bolt", "nut", "washer"));
  std::vector<Index> labels;
  for (Index i = 0; i < data->size(); ++i) labels.push_back(data->label(i));
  EXPECT_THAT(labels, ElementsAre(0, 1, 1, 2));
  EXPECT_EQ(open_dataset(parse_source("classes = ['nut']\n" + toml), 1, folder.path())->size(), 2);
}

TEST(Concatenation, GivesEachPartNumbersOfItsOwn) {
  const DatasetPtr data = open_dataset(
      parse_source("source = 'parts'\n[[part]]\nsource = 'synthetic'\ncount = 2\nsize = 8\n"
                   "[[part]]\nsource = 'synthetic'\ncount = 2\nsize = 8\n"),
      1);
  EXPECT_NE(sample_of(*data, 0), sample_of(*data, 2));
}

TEST(Concatenation, SaysWhichPartDiffers) {
  const TempFolder folder;
  write_levels(folder / "a.npy", {3, 2, 2}, 0);
  write_levels(folder / "b.npy", {3, 2, 4}, 0);
  const std::string toml =
      "source = 'parts'\n[[part]]\nsource = 'npy'\npath = 'a.npy'\n"
      "[[part]]\nsource = 'npy'\npath = 'b.npy'\n";
  EXPECT_THAT([&] { open_dataset(parse_source(toml), 1, folder.path()); },
              ThrowsMessage<InputError>(
                  HasSubstr("data.part[2] gives images of 2x4x1, data.part[1] of 2x2x1")));
  EXPECT_THAT(
      [] {
        Concatenation(
            {std::make_shared<CountingDataset>(4, 2), std::make_shared<CountingDataset>(4)});
      },
      ThrowsMessage<InputError>(HasSubstr("data.part[2] gives 1 patches of an image")));
  EXPECT_THAT([] { open_dataset(parse_source("source = 'parts'"), 1); },
              ThrowsMessage<InputError>(HasSubstr("[[data.part]]")));
}

}  // namespace
}  // namespace adjoint
