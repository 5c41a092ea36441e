#include "datasets/sources/pairs_dataset.hpp"

#include <gmock/gmock.h>

#include "datasets/data_spec.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Pairs : public testing::Test {
 protected:
  Pairs() {
    std::filesystem::create_directory(folder_ / "clean");
    std::filesystem::create_directory(folder_ / "noisy");
  }
  PairsDataset open(const ImageFolderSpec& spec = {}) const {
    return {folder_ / "clean", folder_ / "noisy", spec, 1};
  }
  template <class Matcher>
  void expect_error(Matcher message) const {
    EXPECT_THAT([&] { open(); }, ThrowsMessage<InputError>(message));
  }
  TempFolder folder_;
};

TEST_F(Pairs, AreCutAtTheSamePlace) {
  for (const char* name : {"b", "a.x", "a"}) {
    folder_.write("clean/" + std::string(name) + ".png", gray_png(6, 7, 0));
    folder_.write("noisy/" + std::string(name) + ".PNG", gray_png(6, 7, 100));
  }
  const PairsDataset pairs = open({.patches = Extent2{2, 3}, .patches_per_image = 20});
  EXPECT_EQ(pairs.size(), 60);
  EXPECT_EQ(pairs.group(), 20);
  EXPECT_EQ(shape_of(pairs.whole(25)), (Shape{6, 7, 1}));
  EXPECT_EQ(pairs.whole(25)(5, 6, 0), Real(86) / 255) << "the clean one";
  EXPECT_EQ(pairs.image_name(25), (folder_ / "clean/a.x.png").string());
  EXPECT_TRUE(pairs.paired());
  for (Index i = 0; i < pairs.size(); ++i) {
    const Tensor clean = sample_of(pairs, i, 3);
    Tensor noisy = make_tensor(pairs.shape());
    pairs.read_input(i, 3, view(noisy));
    for (std::size_t p = 0; p < 6; ++p)
      ASSERT_NEAR(noisy.data()[p] - clean.data()[p], 100.0 / 255, 1e-6);
  }
}

TEST_F(Pairs, OfOneNameBelongTogether) {
  folder_.write("clean/a.png", gray_png(1, 1, 1));
  folder_.write("clean/b.png", gray_png(1, 1, 2));
  folder_.write("noisy/a.png", gray_png(1, 1, 11));
  folder_.write("noisy/b.png", gray_png(1, 1, 12));
  DataSpec spec;
  parse_config("source = 'pairs'\npath = 'clean'\nnoisy_path = 'noisy'\nvalidation = 0.5",
               "test.toml", {}, spec);
  const Split split = open_split(spec, 1, folder_.path());
  for (const DatasetPtr& part : {split.train, split.validation}) {
    ASSERT_EQ(part->size(), 1);
    ASSERT_TRUE(part->paired());
    Tensor noisy = make_tensor(part->shape());
    part->read_input(0, 0, view(noisy));
    EXPECT_NEAR(noisy(0, 0, 0) - sample_of(*part, 0)(0, 0, 0), 10.0 / 255, 1e-6);
  }
}

TEST_F(Pairs, OfOneStemAreToldApartByTheirEndings) {
  // Pixels of clean images are 1 and 2, of noisy ones 10 more.
  folder_.write("clean/s0.bmp", gray_png(1, 1, 1));
  folder_.write("clean/s0.png", gray_png(1, 1, 2));
  folder_.write("noisy/s0.bmp", gray_png(1, 1, 11));
  folder_.write("noisy/s0.png", gray_png(1, 1, 12));
  const auto expect_pairs = [&] {
    const PairsDataset pairs = open();
    ASSERT_EQ(pairs.size(), 2);
    for (Index i = 0; i < 2; ++i) {
      Tensor noisy = make_tensor(pairs.shape());
      pairs.read_input(i, 0, view(noisy));
      EXPECT_NEAR(noisy(0, 0, 0) - sample_of(pairs, i)(0, 0, 0), 10.0 / 255, 1e-6);
    }
  };
  expect_pairs();
  // Once files of one name are paired, each of the others has one partner left.
  std::filesystem::rename(folder_ / "noisy/s0.bmp", folder_ / "noisy/s0.jpg");
  expect_pairs();
}

TEST_F(Pairs, OfOneStemThatCannotBeToldApartAreRefused) {
  folder_.write("clean/s0.png", gray_png(1, 1, 1));
  folder_.write("clean/s0.tif", gray_png(1, 1, 2));
  folder_.write("noisy/s0.bmp", gray_png(1, 1, 11));
  const auto refused = AllOf(HasSubstr("which belong together"), HasSubstr("clean/s0.png"),
                             HasSubstr("clean/s0.tif"), HasSubstr("noisy/s0.bmp"));
  expect_error(refused);
  folder_.write("noisy/s0.jpg", gray_png(1, 1, 12));
  expect_error(AllOf(refused, HasSubstr("noisy/s0.jpg")));
  // The other way round: one clean image of two noisy ones.
  std::filesystem::remove(folder_ / "clean/s0.tif");
  expect_error(AllOf(HasSubstr("which belong together"), HasSubstr("noisy/s0.bmp"),
                     HasSubstr("noisy/s0.jpg")));
  // One of them has a partner, the other none.
  std::filesystem::rename(folder_ / "noisy/s0.jpg", folder_ / "noisy/s0.png");
  expect_error(AllOf(HasSubstr("1 file has no partner"), HasSubstr("noisy/s0.bmp")));
}

TEST_F(Pairs, SayWhichFilesAreAlone) {
  folder_.write("clean/a.png", gray_png(1, 1, 1));
  folder_.write("clean/b.png", gray_png(1, 1, 2));
  folder_.write("noisy/a.png", gray_png(1, 1, 11));
  folder_.write("noisy/c.png", gray_png(1, 1, 12));
  expect_error(AllOf(HasSubstr("2 files have no partner"), HasSubstr("clean/b.png"),
                     HasSubstr("noisy/c.png"), testing::Not(HasSubstr("a.png"))));
  std::filesystem::remove(folder_ / "noisy/c.png");
  expect_error(HasSubstr("1 file has no partner"));
  folder_.write("noisy/b.png", gray_png(1, 2, 2));
  folder_.write("clean/a.png", gray_png(2, 1, 2));
  EXPECT_THAT(
      [&] {
        open({.resize = Extent2{1, 1}});
      },
      ThrowsMessage<InputError>(
          AllOf(HasSubstr("clean/a.png' has 2x1 pixels"), HasSubstr("noisy/a.png' 1x1"))));
}

}  // namespace
}  // namespace adjoint
