#include "inference/detection/name_match.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;
using testing::ThrowsMessage;

using Rule = NameMatch::Rule;

TEST(NameMatch, FindsTheEntryOfTheSameFolder) {
  NameMatch match(Rule::same_name, "labels.csv", {"broken/000.png", "good/000.png", "001"});
  EXPECT_THAT(match.find("good/000"), Optional(1u));
  EXPECT_THAT(match.find("broken/000"), Optional(0u));
  EXPECT_THAT(match.find("good/001"), Optional(2u)) << "one image alone is called like that";
  EXPECT_FALSE(match.find("good/002"));
  EXPECT_FALSE(match.find("ugly/000"));
}

TEST(NameMatch, AnEntryMayBeginInAFolderAboveTheImages) {
  NameMatch match(Rule::same_name, "labels.csv", {"test/good/000.png", "test/broken/000.png"});
  EXPECT_THAT(match.find("good/000"), Optional(0u));
  NameMatch alone(Rule::same_name, "labels.csv", {"good/000.png", "good/001.png"});
  EXPECT_THAT(alone.find("001"), Optional(1u));
  NameMatch masks(Rule::mask_of_name, "masks", {"broken/000.png"});
  EXPECT_FALSE(masks.find("000")) << "the image may be of another folder";
}

TEST(NameMatch, RefusesAnEntryThatFitsTwoImages) {
  NameMatch match(Rule::mask_of_name, "masks", {"000.png"});
  EXPECT_THAT(match.find("good/000"), Optional(0u));
  EXPECT_THAT(match.find("good/000"), Optional(0u)) << "the same image again";
  EXPECT_THAT([&] { match.find("broken/000"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("masks: \"000.png\""),
                                              HasSubstr("\"good/000\" and \"broken/000\""))));
}

TEST(NameMatch, RefusesTwoEntriesThatFitOneImage) {
  NameMatch match(Rule::same_name, "labels.csv", {"good/000.png", "broken/000.png"});
  EXPECT_THAT([&] { match.find("000"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("\"good/000.png\" and \"broken/000.png\""),
                                              HasSubstr("\"000\""))));
  NameMatch masks(Rule::mask_of_name, "masks", {"a.png", "a.bmp"});
  EXPECT_THAT([&] { masks.find("a"); }, ThrowsMessage<InputError>(HasSubstr("\"a.bmp\"")));
}

TEST(NameMatch, FindsMasksByLongerAndShorterNames) {
  NameMatch match(Rule::mask_of_name, "masks",
                  {"broken/000_mask.png", "scratch/000_mask.png", "44000011", "scan_1-2.tif"});
  EXPECT_THAT(match.find("scratch/000"), Optional(1u));
  EXPECT_THAT(match.find("broken/000"), Optional(0u));
  EXPECT_FALSE(match.find("good/000"));
  EXPECT_THAT(match.find("44000011_test"), Optional(2u));
  EXPECT_THAT(match.find("scan_1-2_x"), Optional(3u));
  EXPECT_FALSE(match.find("440000111")) << "a name that goes on with a digit is another one";
  NameMatch labels(Rule::same_name, "labels.csv", {"000_mask.png", "44000011"});
  EXPECT_FALSE(labels.find("000"));
  EXPECT_FALSE(labels.find("44000011_test"));
}

TEST(NameMatch, TellsFilesOfOneStemByTheirEndings) {
  NameMatch match(Rule::same_name, "labels.csv", {"a.jpg", "a.png", "v1.2"});
  EXPECT_THAT(match.find("a.png"), Optional(1u));
  EXPECT_THAT(match.find("a.jpg"), Optional(0u));
  EXPECT_THAT(match.find("v1.2"), Optional(2u)) << "2 is not the ending of an image";
}

}  // namespace
}  // namespace adjoint
