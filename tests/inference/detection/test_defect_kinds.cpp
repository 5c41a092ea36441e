#include "inference/detection/defect_kinds.hpp"

#include <gmock/gmock.h>

#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

std::vector<std::string> kinds_of(const std::vector<Finding>& findings) {
  std::vector<std::string> kinds;
  for (const Finding& finding : findings) kinds.push_back(finding.kind);
  return kinds;
}

TEST(DefectKinds, AreTheLabelsWhereTheyDiffer) {
  const TempFolder folder;
  const ImageLabels labels(folder.write("labels.csv", "a,good\nb,crack\nc,hole\n"), {"good"},
                           {"a", "b", "c"});
  EXPECT_TRUE(labels.tell_kinds());
  std::vector<Finding> findings = {{.name = "a", .defective = false},
                                   {.name = "b", .defective = true},
                                   {.name = "c", .defective = true}};
  name_kinds(&labels, findings);
  EXPECT_THAT(kinds_of(findings), ElementsAre("", "crack", "hole"));
}

TEST(DefectKinds, AreTheFoldersWhereAllDefectsHaveOneLabel) {
  const TempFolder folder;
  const std::vector<std::string> names = {"good/0", "crack/0", "deep/hole/0"};
  const ImageLabels labels(folder.write("labels.csv", "good/0,0\ncrack/0,1\ndeep/hole/0,1\n"),
                           {"0"}, names);
  EXPECT_FALSE(labels.tell_kinds());
  std::vector<Finding> findings = {{.name = names[0], .defective = false},
                                   {.name = names[1], .defective = true},
                                   {.name = names[2], .defective = true}};
  name_kinds(&labels, findings);
  EXPECT_THAT(kinds_of(findings), ElementsAre("", "crack", "deep/hole"));
  for (Finding& finding : findings) finding.kind.clear();
  name_kinds(nullptr, findings);
  EXPECT_THAT(kinds_of(findings), ElementsAre("", "crack", "deep/hole"));
}

// A crack scores above a defect-free image in three of the four pairs. An image without a score
// ranks above all others.
TEST(DefectKinds, AreComparedWithAllDefectFreeImages) {
  const std::vector<Finding> findings = {
      {.name = "a", .score = 0.2, .defective = false},
      {.name = "b", .score = 0.6, .flagged = true, .defective = false},
      {.name = "c", .score = 0.4, .defective = true, .kind = "crack"},
      {.name = "d", .score = 0.8, .flagged = true, .defective = true, .kind = "crack"},
      {.name = "e", .flagged = true, .defective = true, .kind = "hole"},
      {.name = "f", .score = 9},  // nothing is known of it
  };
  const std::vector<DefectKind> kinds = defect_kinds(findings);
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds[0].kind, "crack");
  EXPECT_EQ(kinds[0].found.count, 1);
  EXPECT_EQ(kinds[0].found.of, 2);
  EXPECT_DOUBLE_EQ(*kinds[0].auroc, 0.75);
  EXPECT_EQ(kinds[1].found.rate(), 1);
  EXPECT_DOUBLE_EQ(*kinds[1].auroc, 1);
}

TEST(DefectKinds, HaveNoFigureWithoutDefectFreeImagesAndNoneWhereThereIsOne) {
  const Finding crack{.name = "c", .score = 0.4, .defective = true, .kind = "crack"};
  const Finding hole{.name = "h", .score = 0.4, .defective = true, .kind = "hole"};
  EXPECT_FALSE(defect_kinds({crack, hole})[0].auroc);
  EXPECT_TRUE(
      defect_kinds({crack, crack, {.name = "a", .score = 0.1, .defective = false}}).empty());
}

}  // namespace
}  // namespace adjoint
