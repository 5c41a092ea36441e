#include "datasets/level_check.hpp"

#include <gmock/gmock.h>

#include "datasets/sources/image_folder_dataset.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A check of images whose stored numbers go from low to high.
LevelCheck check_of(double low, double high, const Levels& levels) {
  Tensor pixels = make_tensor({1, 3, 1}, static_cast<Real>(high / 2 / levels.white));
  pixels.data()[0] = static_cast<Real>(low / levels.white);
  pixels.data()[1] = static_cast<Real>(high / levels.white);
  LevelCheck check;
  check.add(view(std::as_const(pixels)), levels);
  return check;
}
/// The warning about images whose stored numbers go from low to high; empty if there is none.
std::string warning(double low, double high, const Levels& levels) {
  return check_of(low, high, levels).warning("--white {}").value_or("");
}

TEST(LevelCheck, KnowsDataOfFewerBitsThanTheirFiles) {
  const Levels wide{.bits = 16, .white = 65535};
  EXPECT_THAT(warning(0, 4095, wide),
              AllOf(HasSubstr("reach 4095"), HasSubstr("65535 is taken for white"),
                    HasSubstr("12-bit"), HasSubstr("--white 4095")));
  EXPECT_THAT(warning(0, 3900, wide), HasSubstr("--white 4095"));
  EXPECT_THAT(warning(0, 1000, wide), AllOf(HasSubstr("10-bit"), HasSubstr("--white 1023")));
  EXPECT_THAT(warning(0, 16000, wide), AllOf(HasSubstr("14-bit"), HasSubstr("--white 16383")));
  EXPECT_THAT(warning(0, 255, wide), HasSubstr("--white 255"));
  EXPECT_EQ(warning(0, 17000, wide), "");
  EXPECT_EQ(warning(0, 0, wide), "");
  EXPECT_EQ(warning(0, 3900, {.bits = 16, .white = 4095}), "");
  EXPECT_EQ(warning(0, 4095, {.bits = 16, .white = 3000}), "");  // a little beyond
  EXPECT_THAT(warning(0, 4095, {.bits = 16, .white = 255}),
              AllOf(HasSubstr("255 is taken for white"), HasSubstr("expects [0, 1]"),
                    HasSubstr("--white 4095")));
}

TEST(LevelCheck, TellsTheLikelyWhiteLevel) {
  const Levels wide{.bits = 16, .white = 65535};
  EXPECT_EQ(check_of(0, 3900, wide).likely_white(), 4095);
  EXPECT_EQ(check_of(0, 17000, wide).likely_white(), std::nullopt) << "nothing to warn of";
  EXPECT_EQ(check_of(0, 1020, {.bits = 32, .white = 1}).likely_white(), 1023);
  EXPECT_EQ(check_of(-2.5, 2.5, {.bits = 32, .white = 1}).likely_white(), std::nullopt);
}

TEST(LevelCheck, KnowsFloatsThatAreNotIn01) {
  const Levels floats{.bits = 32, .white = 1};
  EXPECT_THAT(warning(0, 1020, floats),
              AllOf(HasSubstr("from 0 to 1020"), HasSubstr("--white 1023")));
  EXPECT_THAT(warning(-2.5, 2.5, floats),
              AllOf(HasSubstr("from -2.5 to 2.5"), HasSubstr("bring them to [0, 1]"),
                    HasSubstr("--white N")));
  EXPECT_THAT(warning(0, 1e6, floats), HasSubstr("bring them to [0, 1]"));
  EXPECT_EQ(warning(-0.1, 1.2, floats), "");
  EXPECT_THAT(warning(0, 0.01, floats), HasSubstr("nearly black"));
  // Images in [0, 1], given to a model that was trained on 12 bits.
  EXPECT_THAT(warning(0, 1, {.bits = 32, .white = 4095}), HasSubstr("--white 1"));
}

TEST(LevelCheck, TrustsBytesAndWhatIsMade) {
  EXPECT_EQ(warning(0, 1, {.bits = 8, .white = 255}), "");
  EXPECT_EQ(warning(0, 7, {}), "");
}

TEST(LevelCheck, LeavesOutWhatIsNoNumber) {
  Tensor pixels = make_tensor({1, 2, 1}, std::numeric_limits<Real>::infinity());
  pixels.data()[0] = std::numeric_limits<Real>::quiet_NaN();
  LevelCheck check;
  check.add(view(std::as_const(pixels)), {.bits = 32, .white = 1});
  EXPECT_FALSE(check.warning("{}"));
}

TEST(LevelCheck, LooksAtTheImagesOfADataset) {
  const TempFolder folder;
  folder.write("a.png", png_bytes({.width = 2, .depth = 16, .rows = "\x0F\xFF\x01\x01"}));
  EXPECT_THAT(
      level_warning(ImageFolderDataset(folder.path(), {}, 0), "data.white = {}").value_or(""),
      HasSubstr("data.white = 4095"));
  EXPECT_EQ(level_warning(ImageFolderDataset(folder.path(), {.white = 4095}, 0), "{}"),
            std::nullopt);
}

}  // namespace
}  // namespace adjoint
