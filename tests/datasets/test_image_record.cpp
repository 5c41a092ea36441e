#include "datasets/image_record.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "tests/datasets/counting_dataset.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ImageRecord, NamesTheFilesOfBothPartsInTheirFolder) {
  const TempFolder folder;
  for (const char* name : {"good", "good/a", "good/ab"})
    std::filesystem::create_directory(folder / name);
  const Tensor image = make_tensor({2, 2, 1}, 0);
  for (const char* name : {"good/a/1.png", "good/a/2.png", "good/ab/1.png"})
    write_image(folder / name, view(image));
  const auto files = std::make_shared<ImageFolderDataset>(
      folder / "good", ImageFolderSpec{.patches = Extent2{1, 1}}, 0);
  const ImageRecord record =
      image_record({.train = std::make_shared<Subset>(files, std::vector<Index>{0, 2}),
                    .validation = std::make_shared<Subset>(files, std::vector<Index>{1})});
  EXPECT_EQ(record.folder, (folder / "good/").string());
  EXPECT_THAT(record.trained_on, ElementsAre("a/1.png", "ab/1.png")) << "once for all patches";
  EXPECT_THAT(record.held_out, ElementsAre("a/2.png"));
}

TEST(ImageRecord, IsEmptyWhereImagesHaveNoFiles) {
  const ImageRecord record = image_record({.train = std::make_shared<CountingDataset>(3)});
  EXPECT_EQ(record.folder, "");
  EXPECT_THAT(record.trained_on, IsEmpty());
}

TEST(ImageRecord, WhatWasTrainedOnIsNeverHeldOutAgain) {
  const ImageRecord now = joined({"/a/", {"1", "2"}, {"3"}}, {"/a/", {"2", "4"}, {"1", "3"}});
  EXPECT_THAT(now.trained_on, ElementsAre("2", "4", "1"));
  EXPECT_THAT(now.held_out, ElementsAre("3"));
}

}  // namespace
}  // namespace adjoint
